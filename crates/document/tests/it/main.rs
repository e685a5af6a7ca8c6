//! Documents as they are read: golden HTML, PDF that another program reads back, hostile texts, replaced templates.

#![expect(clippy::unwrap_used, clippy::panic, reason = "this is a test throughout, its helpers too")]

mod showing;
mod support;
