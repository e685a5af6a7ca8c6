//! A database in a folder of its own, and words to talk to it.

use jiff::Timestamp;
use store::{
    About, Accept, Accepted, Alias, Along, Begin, Begun, Behind, Command, Condense, Condensed, ContactState,
    Database, DeliveryId, DeliveryRow, Discard, DocumentRow, Done, Draw, Error, Expects, Expired, Filed,
    FindContact, Forget, Forgotten, HeldAbout, Limits, NewDelivery, Note, OnConflict, Operated, Options,
    Outcome, Part, Reader, Retry, Role, SaleRow, Settle, Settled, Start, Sweep, Verdict, Way, With,
};
use tempfile::TempDir;

pub struct World {
    pub dir: TempDir,
    pub database: Database,
    pub reader: Reader,
}

/// The instant so many seconds after the beginning.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + seconds).unwrap()
}

pub fn options(now: Timestamp) -> Options {
    Options { secret_seed: [7; 32], now, limits: Limits::default() }
}

/// The kind of the documents that owe a deletion.
pub const DELETION: &str = "deletion";

pub fn note(code: &str) -> Note {
    Note { code: code.to_owned(), detail: format!("it was {code}") }
}

/// Done, with what was learnt.
pub fn done(remote_id: Option<&str>, confirm_due: Option<Timestamp>) -> Outcome {
    let remote_id = remote_id.map(str::to_owned);
    Outcome::Done(Done { remote_id, confirm_due, ..Done::default() })
}

/// What comes along with a document, about an offer or none.
pub fn along(key: &str, offer: Option<&str>) -> Along {
    let delivery = NewDelivery { kind: "call", start: Start::Due, role: Role::NeedsContact };
    Along {
        kind: "along",
        key: key.to_owned(),
        body: format!("body of {key}").into_bytes(),
        frozen: format!("frozen of {key}").into_bytes(),
        delivery: Some(delivery),
        about: offer.map(|offer| About { name: offer.to_owned(), way: Way::InTurn }),
        uses: false,
        once: None,
        goes_first: false,
        undoes: None,
        exposure: None,
    }
}

/// What comes along with a document and uses an offer.
pub fn using(key: &str, offer: &str) -> Along {
    Along { uses: true, ..along(key, Some(offer)) }
}

/// Forgets whoever has this alias, here and in Engage.
pub fn forgotten(world: &mut World, alias: &str, seconds: i64) -> Forgotten {
    let contact = world.contact(alias).unwrap();
    let held = world.reader.held_about(contact.key).unwrap();
    let key = format!("deletion of {}", contact.public_id);
    let forget = world.forgetting(&held, &key, true, at(seconds));
    world.forget(forget)
}

impl World {
    pub fn new() -> Self {
        Self::with_limits(Limits::default())
    }

    pub fn with_limits(limits: Limits) -> Self {
        let dir = TempDir::new().unwrap();
        let database = Database::open(dir.path(), Options { limits, ..options(at(0)) }).unwrap();
        let reader = database.reader().unwrap();
        Self { dir, database, reader }
    }

    /// Stops without a word and starts again. The reader outlives the writer, so the log is not written back before.
    pub fn restart(self, now: Timestamp) -> Self {
        let Self { dir, database, reader } = self;
        drop(database);
        drop(reader);
        Self::open(dir, now)
    }

    /// Stops in order, so that all is in the file and nothing in the log, and starts again.
    pub fn rest(self, now: Timestamp) -> Self {
        let Self { dir, database, reader } = self;
        drop(reader);
        drop(database);
        Self::open(dir, now)
    }

    pub fn open(dir: TempDir, now: Timestamp) -> Self {
        let database = Database::open(dir.path(), options(now)).unwrap();
        let reader = database.reader().unwrap();
        Self { dir, database, reader }
    }

    pub fn alias(&self, value: &str) -> Alias {
        self.database.keys().alias("any", value)
    }

    pub fn try_submit(&mut self, command: Command) -> Result<Verdict, Error> {
        self.database.commit(&[command]).unwrap().pop().unwrap()
    }

    pub fn submit(&mut self, command: Command) -> Verdict {
        self.try_submit(command).unwrap()
    }

    /// A document of `kind` and `key` with a delivery, which is about whoever has these aliases.
    pub fn saying(&self, key: &str, role: Role, contact: &[&str]) -> Accept {
        Accept {
            at: at(0),
            kind: "receipt",
            key: key.to_owned(),
            store: "store03".to_owned(),
            content: self.database.keys().content(1, key.as_bytes()),
            body: format!("body of {key}").into_bytes(),
            frozen: format!("frozen of {key}").into_bytes(),
            contact: contact.iter().map(|value| self.alias(value)).collect(),
            hints: Vec::new(),
            expects: Expects::Anything,
            delivery: Some(NewDelivery { kind: "send", start: Start::Due, role }),
            on_conflict: OnConflict::Refuse,
            new_contact_id: format!("c-{key}"),
            about: None,
            once: None,
            with: With::default(),
        }
    }

    /// Forgets whom somebody has looked at.
    pub fn forgetting(&self, held: &HeldAbout, key: &str, deletes_there: bool, at: Timestamp) -> Forget {
        Forget {
            contact: held.contact.key,
            documents: held.documents.iter().map(|document| document.id).collect(),
            through: held.through,
            kind: DELETION,
            delivery_kind: "delete",
            key: key.to_owned(),
            store: "store03".to_owned(),
            frozen: format!("frozen of {key}").into_bytes(),
            deletes_there,
            at,
            by: "anna".to_owned(),
        }
    }

    /// An operator gives it up.
    pub fn discard(&mut self, id: DeliveryId, at: Timestamp) {
        let (by, reason) = ("anna".to_owned(), "test sale".to_owned());
        let discard = Discard { id, at, by, reason, behind: Behind::Release };
        assert_eq!(self.submit(Command::Discard(discard)), Verdict::Operate(Operated::Done));
    }

    /// Erases the bodies that nothing has needed since before an instant; answers how many.
    pub fn erase_expired(&mut self, before: Timestamp) -> u64 {
        self.condense(before, |_| None)
    }

    /// Puts these forms in the place of the bodies that nothing has needed since before an instant.
    pub fn condense(
        &mut self,
        before: Timestamp,
        form: impl Fn(&Expired) -> Option<(Vec<u8>, Vec<u8>)>,
    ) -> u64 {
        let expired = self.reader.expired(before, 1_000).unwrap();
        let condensed = |of: &Expired| Condensed { document: of.document, since: of.since, form: form(of) };
        let documents = expired.iter().map(condensed).collect();
        match self.submit(Command::Condense(Condense { documents })) {
            Verdict::Condense(taken) => taken,
            other => panic!("{other:?}"),
        }
    }

    /// Removes the condensed forms of what ended before an instant, a bounded number at a time; answers how many.
    pub fn sweep(&mut self, condensed_before: Timestamp) -> u64 {
        let long_ago = Timestamp::UNIX_EPOCH;
        let sweep = Sweep {
            profiles_before: long_ago,
            hints_before: long_ago,
            condensed_before,
            undelivered_before: long_ago,
            checkouts_before: long_ago,
            held_back_before: long_ago,
            at: condensed_before,
        };
        match self.submit(Command::Sweep(sweep)) {
            Verdict::Sweep(touched) => touched,
            other => panic!("{other:?}"),
        }
    }

    /// A document as one reads it who works something out from it.
    pub fn sale(&self, key: &str) -> SaleRow {
        self.reader.sales("receipt", &[key.to_owned()]).unwrap().pop().unwrap()
    }

    /// A draw on a document as it is read now.
    pub fn drawing(&self, key: &str, what: &str) -> Draw {
        let sale = self.sale(key);
        Draw { on: sale.id, seen: sale.seen(), what: what.as_bytes().to_vec() }
    }

    /// A return that takes back `what` of a sale, whomever that is about.
    pub fn returning(&self, key: &str, sale: &str, what: &str) -> Accept {
        let draw = self.drawing(sale, what);
        let role = if self.sale(sale).contact.is_some() { Role::NeedsContact } else { Role::Independent };
        let with = With { contact_of: Some(draw.on), draws: vec![draw], ..With::default() };
        Accept { with, ..self.saying(key, role, &[]) }
    }

    /// Accepts a return that takes back `what` of a sale, and is new.
    pub fn give_back(&mut self, key: &str, sale: &str, what: &str) -> Filed {
        match self.accept(self.returning(key, sale, what)) {
            Accepted::New(filed) => filed,
            other => panic!("{other:?}"),
        }
    }

    /// Who takes something back of a document.
    pub fn drawn(&self, sale: &str) -> Vec<String> {
        self.sale(sale).drawn.into_iter().map(|drawn| drawn.key).collect()
    }

    /// A part without a contact of its own.
    pub fn part(&self, suffix: &'static str, body: &str, role: Role) -> Part {
        Part {
            suffix,
            body: body.as_bytes().to_vec(),
            frozen: format!("frozen {body}").into_bytes(),
            contact: Vec::new(),
            contact_of: None,
            hints: Vec::new(),
            new_contact_id: format!("c-{body}"),
            delivery: Some(NewDelivery { kind: "send", start: Start::Due, role }),
            draws: Vec::new(),
            along: Vec::new(),
        }
    }

    pub fn document(&self, key: &str) -> DocumentRow {
        self.reader.document("receipt", key).unwrap().unwrap()
    }

    pub fn retry(&mut self, id: DeliveryId, at: Timestamp) -> Operated {
        match self.submit(Command::Retry(Retry { id, at, by: "anna".to_owned() })) {
            Verdict::Operate(operated) => operated,
            other => panic!("{other:?}"),
        }
    }

    pub fn forget(&mut self, forget: Forget) -> Forgotten {
        match self.submit(Command::Forget(forget)) {
            Verdict::Forget(forgotten) => forgotten,
            other => panic!("{other:?}"),
        }
    }

    pub fn accept(&mut self, accept: Accept) -> Accepted {
        match self.submit(Command::Accept(accept)) {
            Verdict::Accept(accepted) => accepted,
            other => panic!("{other:?}"),
        }
    }

    /// Accepts what is new.
    pub fn file(&mut self, key: &str, role: Role, contact: &[&str]) -> Filed {
        match self.accept(self.saying(key, role, contact)) {
            Accepted::New(filed) => filed,
            other => panic!("{other:?}"),
        }
    }

    /// Accepts what is new and owes a delivery of its own.
    pub fn owe(&mut self, key: &str, role: Role, contact: &[&str]) -> DeliveryId {
        self.file(key, role, contact).delivery.unwrap()
    }

    pub fn begin(&mut self, id: DeliveryId, at: Timestamp) -> Begun {
        match self.submit(Command::Begin(Begin { id, at, mark: None })) {
            Verdict::Begin(begun) => begun,
            other => panic!("{other:?}"),
        }
    }

    pub fn settle(&mut self, id: DeliveryId, at: Timestamp, outcome: Outcome) -> Settled {
        match self.submit(Command::Settle(Settle { id, at, outcome })) {
            Verdict::Settle(settled) => settled,
            other => panic!("{other:?}"),
        }
    }

    pub fn done(&mut self, id: DeliveryId, at: Timestamp) {
        assert_eq!(self.settle(id, at, done(None, None)), Settled::Settled);
    }

    /// The contact that has this alias.
    pub fn contact(&self, alias: &str) -> Option<ContactState> {
        let find = FindContact::Alias(self.alias(alias));
        self.reader.known(&find).unwrap().map(|known| known.contact)
    }

    pub fn row(&self, id: DeliveryId) -> DeliveryRow {
        self.reader.delivery(id).unwrap().unwrap()
    }

    /// What is due, by number.
    pub fn due(&self, now: Timestamp) -> Vec<DeliveryId> {
        self.reader.due(now, 100).unwrap().due.into_iter().map(|due| due.id).collect()
    }

    /// The history, a word a line.
    pub fn history(&self, id: DeliveryId) -> Vec<String> {
        self.reader.history(id).unwrap().into_iter().map(|line| line.what).collect()
    }
}
