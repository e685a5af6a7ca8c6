//! A stand-in for Voyado Engage: a world of contacts, stores and receipts, its rules, faults to order, and a clock.
//!
//! **What it is for.** Whoever builds against Engage without a tenant builds against this: the gateway's tests and
//! simulation, the migration's rehearsals, an integrator's first afternoon. It keeps its state, knows conflicts, and
//! answers 501 by name for what it does not do.
//!
//! **How it is made.** [`step`] is all of it: a world, an event and the host's time in; a reply and effects out. It
//! reads no clock, draws no chance, does no input or output, so the same seed and events give the same bytes. Around
//! it stand a [`Book`], which writes every event into a journal before it happens, and a [`Server`], which turns
//! sockets and timers into events.
//!
//! **Invariants.** The journal is the truth and the world its replay; a snapshot is a cache that may be thrown away.
//! World time never runs back. An effect happens once, never in a replay. Every rule and every field names the row of
//! `docs/engage-facts.md` it rests on; what nobody knows is a [`switches`] entry.
//!
//! **What it shares with the client: nothing**, wire types included. It reads raw JSON by its own field tables, so that
//! a field that is misspelt, absent, null or empty is told apart here and cannot pass on both sides.
//!
//! **What it does not do.** No webhooks.

mod acts;
mod automations;
mod book;
mod bulk;
mod clock;
mod contacts;
mod desk;
mod earning;
mod effect;
mod engage;
mod event;
mod faults;
mod fields;
mod files;
mod findings;
mod history;
mod holdings;
mod identifiers;
mod ids;
mod import;
mod journal;
mod levels;
mod lifecycle;
mod lines;
mod lint;
mod lots;
mod mail;
mod money;
mod offers;
mod orders;
mod payouts;
mod points;
mod profile;
mod promotions;
mod purchases;
mod receipt_lint;
mod receipts;
mod ring;
mod server;
mod settings;
mod snapshot;
mod stores;
pub mod switches;
mod totals;
mod traffic;
mod transactions;
mod used_offers;
mod vouchers;
mod world;
mod zone;

pub use automations::{Automations, Welcome};
pub use book::{Book, Error, ForkName, Opened};
pub use contacts::{Contact, Preferences, Presence};
pub use effect::{Answer, Effect, Level, Reply};
pub use event::{Act, Event, Request};
pub use faults::{Fault, Kind as FaultKind, Pattern};
pub use fields::standard_attributes;
pub use files::{FileDeed, FileImport, FileKind, ImportFile, ImportFolders, NamedRow};
pub use findings::{Advice, Finding, RULES, Rule};
pub use history::{By, Change, What};
pub use levels::{LevelBy, LevelRule, LevelRules};
pub use lines::{Extra, Line, LineKind, Matched, Portion};
pub use lots::{Expired, Standing};
pub use mail::{Broken as BrokenTemplate, Delivery as MailDelivery, Mail, MailTemplates, OrderMail, Sender};
pub use money::{Money, Positive};
pub use offers::{Deed, Offer, OfferChange};
pub use orders::{Order, OrderDeed, OrderEffect};
pub use payouts::{PayoutRules, Pays, Step, Worth};
pub use points::{PointAccount, PointBalance, PointGift, PointSource, PointTransaction};
pub use promotions::{
    Assignment, AssignmentState, Channel, ChannelKind, ChannelValue, Definition, Presentation, Promotion,
    Redemption, Stage, Status, Unit, Validity,
};
pub use receipts::{Content, Fate, Match, Receipt};
pub use server::{
    Config, Mailing, NoSmtpServer, ServeError, Server, Sftp, SftpAccess, SmtpServer, TemplatesError, serve,
};
pub use settings::{
    ApiKeys, ContactType, ExtraGives, ExtraPoints, Identifier, OrderStatuses, PointExpiry, PointRules,
    Settings,
};
pub use snapshot::Job as SnapshotJob;
pub use stores::{Origin, Store};
pub use switches::Switches;
pub use vouchers::{Voucher, VoucherGift};
pub use world::{Creations, LogLine, RULES_VERSION, RequestLine, World, next_due, step};
pub use zone::Zone;

/// A row of `docs/engage-facts.md`, by its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Fact(
    /// The id, such as `C-12`.
    pub &'static str,
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fact_that_is_cited_is_a_row_of_the_documents_facts() {
        let rows = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/engage-facts.md"));
        let tables = fields::ALL.into_iter().map(|(_, table)| table).flat_map(fields::listed);
        let cited = tables
            .map(|field| field.fact)
            .chain(switches::SPECS.iter().map(|spec| spec.fact))
            .chain(RULES.iter().map(|advice| advice.fact));
        for Fact(id) in cited {
            assert!(rows.contains(&format!("| {id} |")), "{id} is no row");
        }
    }
}
