//! What is checked from outside: the repository's rules and the command line.

mod config;
mod edges;
mod tidy;
