//! The point-of-sale domain, from outside: any JSON in, findings and frozen money out.

mod basket;
mod contract;
mod laws;
mod lessons;
mod mutations;
mod oracle;
mod random;
mod settling;
mod stated;
mod support;
