//! What can happen to a world. Everything that changes one is an [`Event`]; nothing else does.
//!
//! Events are persisted: a variant or field that is added later needs a default, and none is ever renamed.
//! An API key is reduced to a fingerprint before it gets here, so that no journal holds a key.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{
    ChannelKind, Definition, Fault, FileDeed, FileKind, MailTemplates, PointGift, Settings, Switches,
    VoucherGift,
};

/// One thing that happens to a world.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Event {
    /// Somebody called Engage.
    Request(Request),
    /// Something that was due may be due now.
    Timer,
    /// Whoever runs the sandbox did something to it.
    Act(Act),
    /// Somebody did something in the import folders.
    File(FileDeed),
}

/// What whoever runs the sandbox can do to its world.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Act {
    /// Stops the world's clock where it is.
    Freeze,
    /// Stops the world's clock at the last event, as if no time had passed since then.
    Hold,
    /// Lets the clock run on from where it stands.
    Resume,
    /// Moves the clock forward, frozen or not; what falls due on the way happens.
    Advance {
        /// How far, in seconds.
        seconds: u32,
    },
    /// Replaces all faults.
    SetFaults(Vec<Fault>),
    /// Adds one fault behind those there are.
    AddFault(Fault),
    /// Takes the fault with this number away.
    RemoveFault {
        /// The number the fault was given.
        id: u32,
    },
    /// A client of the SFTP server met a fault; what it is is answered.
    MeetFault {
        /// What the client asked for.
        method: String,
        /// Of which file or folder.
        path: String,
    },
    /// Replaces all switches.
    SetSwitches(Switches),
    /// Imports the receipts that wait, now.
    Import,
    /// Picks up the files that wait, now.
    PickUp,
    /// Imports the files of one folder, as Voyado does by hand.
    StartImport {
        /// What the folder holds.
        folder: FileKind,
    },
    /// Replaces the tenant's settings.
    SetSettings(Box<Settings>),
    /// Makes vouchers of points, now.
    PayOut {
        /// Whose; everybody's, if nobody is named.
        #[serde(default)]
        contact: Option<Uuid>,
    },
    /// Gives points to a contact, or takes them away.
    GivePoints(PointGift),
    /// Gives a voucher to a contact.
    GiveVoucher(VoucherGift),
    /// Marks a voucher as used elsewhere.
    RedeemVoucher {
        /// The voucher's id.
        voucher: Uuid,
    },
    /// Makes a promotion that can be assigned.
    DefinePromotion(Definition),
    /// Makes a draft of a promotion.
    DraftPromotion(Definition),
    /// Activates a draft.
    ActivatePromotion {
        /// The promotion's id.
        promotion: Uuid,
    },
    /// Ends a promotion; what was assigned stays.
    EndPromotion {
        /// The promotion's id.
        promotion: Uuid,
    },
    /// Takes a promotion away from a contact.
    DeleteAssignment {
        /// The assignment's id.
        assignment: Uuid,
    },
    /// Gives a promotion to a contact.
    AssignPromotion {
        /// Whom.
        contact: Uuid,
        /// The promotion's id.
        promotion: Uuid,
    },
    /// Makes a used voucher one that can be used again.
    ReactivateVoucher {
        /// The voucher's id.
        voucher: Uuid,
    },
    /// Marks an assigned promotion as used elsewhere.
    RedeemPromotion {
        /// The assignment's id.
        assignment: Uuid,
        /// Where it was used.
        channel: ChannelKind,
    },
    /// Creates a contact in Engage's own pages; its id is answered.
    #[serde(rename_all = "camelCase")]
    CreateContact {
        /// The handle of its type.
        contact_type: String,
        /// What it has, as the body of a creation says it.
        fields: Map<String, Value>,
    },
    /// Changes a contact in Engage's own pages.
    ChangeContact {
        /// Which.
        contact: Uuid,
        /// What it becomes, as the body of an update says it; the level may be among it.
        fields: Map<String, Value>,
    },
    /// Deletes a contact in Engage's own pages.
    DeleteContact {
        /// Which.
        contact: Uuid,
    },
    /// Undoes a contact's deletion.
    Restore {
        /// Which.
        contact: Uuid,
    },
    /// Replaces all templates and words of mails that stand in for the sandbox's own.
    SetMailTemplates(MailTemplates),
    /// A mail server took a mail, or did not.
    MailSent {
        /// The mail's number.
        number: u64,
        /// Why it was not taken.
        #[serde(default)]
        problem: Option<String>,
    },
    /// Empties the world; seed, settings, switches and clock stay.
    Reset,
}

/// The headers a rule looks at. Others are not kept.
const KEPT_HEADERS: [&str; 8] = [
    "apikey",
    "x-api-key",
    "content-type",
    "user-agent",
    "source",
    "storeexternalid",
    "createasunapproved",
    "idempotency-key",
];

/// A call of Engage's API.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    headers: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Bytes::is_empty", with = "body_text")]
    pub(crate) body: Bytes,
}

impl Request {
    /// A call without headers and body. `target` is the path with its query, as it stands on the wire.
    #[must_use]
    pub fn new(method: impl Into<String>, target: impl Into<String>) -> Request {
        Request { method: method.into(), target: target.into(), headers: BTreeMap::new(), body: Bytes::new() }
    }

    /// Adds a header; one that no rule looks at is left out, and an API key is kept as a fingerprint only.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Request {
        let name = name.to_ascii_lowercase();
        if KEPT_HEADERS.contains(&name.as_str()) {
            let is_key = name == "apikey" || name == "x-api-key";
            let kept = if is_key && !value.is_empty() { key_fingerprint(value) } else { value.to_owned() };
            self.headers.insert(name, kept);
        }
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Request {
        self.body = body.into();
        self
    }

    pub(crate) fn get(&self, header: &str) -> Option<&str> {
        self.headers.get(header).map(String::as_str)
    }

    pub(crate) fn path(&self) -> &str {
        self.target.split_once('?').map_or(self.target.as_str(), |(path, _)| path)
    }

    pub(crate) fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }
}

/// What stands for an API key wherever one would be kept. Keys are long and random, so a plain hash hides them.
pub(crate) fn key_fingerprint(key: &str) -> String {
    let hash = blake3::derive_key("tillbridge sandbox api key v1", key.as_bytes());
    blake3::Hash::from_bytes(hash).to_hex()[..16].to_owned()
}

/// Writes bytes as text where they are text, which keeps journals readable, and as an array where they are not.
pub(crate) mod body_text {
    use bytes::Bytes;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "camelCase")]
    enum Kept {
        Text(String),
        Bytes(Vec<u8>),
    }

    pub(crate) fn serialize<S: Serializer>(body: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(body) {
            Ok(text) => Kept::Text(text.to_owned()).serialize(serializer),
            Err(_) => Kept::Bytes(body.to_vec()).serialize(serializer),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
        Ok(match Kept::deserialize(deserializer)? {
            Kept::Text(text) => Bytes::from(text),
            Kept::Bytes(bytes) => Bytes::from(bytes),
        })
    }
}
