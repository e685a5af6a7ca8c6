//! Every bound that this crate sets or knows of, in one place.

use std::time::Duration;

/// Most bytes of a successful answer's body that are read, after decompression. The largest honest
/// answer is a chain's list of stores with their mail headers and footers.
pub const BODY_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Most contacts that the change feed answers at once (fact C-83).
pub const CHANGES_MAX: usize = 250_000;

/// The same bound as [`BODY_BYTES_MAX`] for the change feed: [`CHANGES_MAX`] ids of 36 characters with
/// their quotes, commas and any indentation.
pub const CHANGES_BYTES_MAX: usize = CHANGES_MAX * 64;

/// Most bytes of a refusal's body that are read; what follows is left unread, the status stands.
pub const REFUSAL_BYTES_MAX: usize = 64 * 1024;

/// Longest wait for a connection, handshakes included. A shorter [`crate::Config::timeout`] lowers it.
pub const CONNECT_TIMEOUT_MAX: Duration = Duration::from_secs(5);

/// Idle connections kept for the next calls.
pub const IDLE_CONNECTIONS_MAX: usize = 64;

/// Longest `Retry-After` that is believed.
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(60 * 60);

/// Most contacts kept from a look-up that matched several.
pub const MATCHES_MAX: usize = 100;

/// Most validation errors kept from a refusal.
pub const VALIDATION_ERRORS_MAX: usize = 50;

/// Most characters kept of a text in a refusal.
pub const REFUSAL_TEXT_CHARS_MAX: usize = 200;

/// Most characters kept of why no answer came; a certificate's names alone can be very many.
pub const REASON_CHARS_MAX: usize = 400;

/// Most characters of an error code or request id in a refusal.
pub const REFUSAL_NAME_CHARS_MAX: usize = 64;

/// Most characters of a contact's id (a GUID has 36).
pub const CONTACT_ID_CHARS_MAX: usize = 64;

/// Most bytes of an order's version tag (the example has 24).
pub const VERSION_TAG_BYTES_MAX: usize = 256;

/// Most bytes of a job's id as it stands in a path (a GUID has 36).
pub const JOB_ID_BYTES_MAX: usize = 128;

/// Most bytes of the query of a link to a page of orders.
pub const PAGE_LINK_BYTES_MAX: usize = 512;

/// Most contacts in a bulk call (fact M-28).
pub const BULK_CONTACTS_MAX: usize = 4_000;

/// Most bytes of a batch's id as it stands in a query (a GUID has 36).
pub const BATCH_ID_BYTES_MAX: usize = 128;

/// Orders asked for in a page: Engage's own default (fact O-17).
pub const ORDERS_PER_PAGE: u32 = 10;

/// Rows asked for in a page of transactions: Engage's own default (fact B-33).
pub const TRANSACTIONS_PER_PAGE: u32 = 100;

/// Requests per second and API key below which normal use should stay (facts B-13, B-15).
pub const REQUESTS_PER_SECOND_ADVISED: u32 = 50;

/// Requests per second and API key above which Engage answers 429 (facts B-14, B-15).
pub const REQUESTS_PER_SECOND_REFUSED: u32 = 200;
