//! A receipt as a customer reads it: HTML and PDF from the same data and the same template, in six languages.
//!
//! [`document()`] turns a settled receipt into a [`Document`]: plain texts and amounts, written as people of a
//! [`Language`] write them. [`Templates::html`] sets it in a template, which a shop can replace, and [`pdf()`] lays
//! that very HTML out on a receipt roll. [`code_svg`] draws a code to scan.
//!
//! Invariants: nothing that somebody typed becomes an element, an attribute or a direction of the text around it; the
//! amounts shown add up to the total; the same input gives the same bytes; no document names the customer.
//!
//! It reads no file but a folder of templates, at start, knows no time and decides no amount.

mod code;
mod error;
mod language;
mod pdf;
mod sample;
mod shown;
mod template;
mod text;

pub use self::code::code_svg;
pub use self::error::{RenderError, TemplateError};
pub use self::language::Language;
pub use self::pdf::{HTML_BYTES_MAX, pdf};
pub use self::shown::{
    Document, Issuer, ShownDiscount, ShownIssuer, ShownLine, ShownPayment, ShownVat, Told, document,
};
pub use self::template::Templates;
