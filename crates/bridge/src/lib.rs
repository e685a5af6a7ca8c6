//! What the point of sale knows, in the words of Engage.
//!
//! The gateway and the migration say a receipt to Engage by the same code, so that a receipt that comes both ways at the
//! cut-over is one receipt there. It has no IO, no clock and no state.

pub mod receipt;
