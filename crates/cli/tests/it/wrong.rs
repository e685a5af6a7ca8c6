//! What can go wrong with a call to Engage, as the sandbox's faults play it.

use serde_json::{Value, json};

/// What goes wrong with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// Nothing happens, and there is no answer.
    CutBefore,
    /// It happens, and there is no answer.
    CutAfter,
    /// It happens, and the answer comes when nobody waits for it any more.
    Late,
    /// It happens, and something between says that it waited too long.
    GatewayTimeout,
    /// Nothing happens: too many calls.
    TooMany,
    /// Nothing happens: Engage is ill.
    Ill,
    /// Nothing happens: Engage breaks down over it.
    Broken,
    /// Nothing happens: the key isn't accepted.
    Key,
}

impl Wrong {
    /// Each.
    pub const ALL: [Wrong; 8] = [
        Wrong::CutBefore,
        Wrong::CutAfter,
        Wrong::Late,
        Wrong::GatewayTimeout,
        Wrong::TooMany,
        Wrong::Ill,
        Wrong::Broken,
        Wrong::Key,
    ];

    /// The sandbox's fault. A client of the tests' waits ten seconds.
    pub fn kind(self) -> Value {
        match self {
            Wrong::CutBefore => json!("cutBefore"),
            Wrong::CutAfter => json!("cutAfter"),
            Wrong::Late => json!({ "delay": { "ms": 12_000 } }),
            Wrong::GatewayTimeout => json!({ "statusAfter": { "code": 504 } }),
            Wrong::TooMany => json!({ "status": { "code": 429 } }),
            Wrong::Ill => json!({ "status": { "code": 503 } }),
            Wrong::Broken => json!({ "status": { "code": 500 } }),
            Wrong::Key => json!({ "status": { "code": 401 } }),
        }
    }

    /// Whether Engage says by it that nothing happened.
    pub fn surely_nothing(self) -> bool {
        matches!(self, Wrong::TooMany | Wrong::Key)
    }

    /// Whether it does what was asked.
    pub fn happens(self) -> bool {
        matches!(self, Wrong::CutAfter | Wrong::Late | Wrong::GatewayTimeout)
    }
}
