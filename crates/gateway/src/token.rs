//! Tokens' secrets: 256 random bits, shown once, stored as a hash.

use crate::clock;

/// What a token begins with, so that scanners for leaked secrets know it.
const PREFIX: &str = "tbt_";

/// Draws a secret.
///
/// # Errors
/// When the machine has no randomness.
pub fn new_secret() -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; 32];
    clock::fill(&mut bytes)?;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("{PREFIX}{hex}"))
}
