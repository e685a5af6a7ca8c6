//! Documents as they are read: golden HTML, PDF that another program reads back, hostile texts, replaced templates.

#![expect(clippy::unwrap_used, clippy::panic, reason = "this is a test throughout, its helpers too")]

mod golden;
mod hostile;
mod long;
mod random;
mod reading_back;
mod receipts;
mod support;
mod templates;
