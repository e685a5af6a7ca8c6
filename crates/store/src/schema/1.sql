-- States: 0 waiting, 1 inFlight, 2 unknown, 3 done, 4 needsAttention, 5 discarded.
-- Roles: 0 independent, 1 creates its contact, 2 needs it, 3 changes it, 4 erases it. Instants are microseconds since
-- 1970.
-- Nothing refers to a row that is ever deleted, so foreign keys would only cost.

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- A merged contact points at the one that survived, never at another merged one. gained is the newest document when
-- older ones came to concern the contact. forgotten: 1 here, 2 in Engage too.
CREATE TABLE contacts (
    id          INTEGER PRIMARY KEY,
    public_id   TEXT NOT NULL UNIQUE,
    remote_id   TEXT,
    bound_at    INTEGER,
    merged_into INTEGER,
    gained      INTEGER,
    forgotten   INTEGER,
    CHECK ((remote_id IS NULL) = (bound_at IS NULL)),
    CHECK (remote_id IS NULL OR merged_into IS NULL),
    CHECK (forgotten IN (1, 2))
) STRICT;
CREATE UNIQUE INDEX contacts_remote ON contacts (remote_id) WHERE remote_id IS NOT NULL;
CREATE INDEX contacts_merged ON contacts (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX contacts_forgotten ON contacts (forgotten) WHERE forgotten = 1;

-- What is kept about a contact is sealed with its key, which is overwritten in its place when the contact is forgotten.
-- Rows are added at the end, never removed, and keep their length, so that no copy of a key is ever left behind.
CREATE TABLE seals (
    contact INTEGER PRIMARY KEY,
    key     BLOB NOT NULL
) STRICT;

CREATE TABLE aliases (
    hash    BLOB PRIMARY KEY,
    contact INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX aliases_contact ON aliases (contact);

-- Identifiers that several people may share, since when they were last said.
CREATE TABLE hints (
    hash    BLOB NOT NULL,
    contact INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (hash, contact)
) STRICT, WITHOUT ROWID;
CREATE INDEX hints_contact ON hints (contact);
CREATE INDEX hints_at ON hints (at);

-- The ids of those who were forgotten, as aliases. The file beside this one has them too.
CREATE TABLE tombstones (
    hash BLOB PRIMARY KEY,
    at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Personal data stands in a table of its own, sealed, and ends by itself.
CREATE TABLE profiles (
    contact INTEGER PRIMARY KEY,
    profile BLOB NOT NULL,
    seen_at INTEGER NOT NULL
) STRICT;
CREATE INDEX profiles_seen ON profiles (seen_at);

-- content is what the till said first, corrected what an operator made of it: either is "the same again". part_of is the
-- document that fell into this one and others, voided the one that undid it.
CREATE TABLE documents (
    id             INTEGER PRIMARY KEY,
    kind           TEXT NOT NULL,
    key            TEXT NOT NULL,
    store          TEXT NOT NULL,
    accepted_at    INTEGER NOT NULL,
    content        BLOB NOT NULL,
    corrected      BLOB,
    contact        INTEGER,
    conflicts_with INTEGER,
    part_of        INTEGER,
    voided         INTEGER
) STRICT;
CREATE UNIQUE INDEX documents_identity ON documents (key, kind);
CREATE INDEX documents_conflicts ON documents (conflicts_with) WHERE conflicts_with IS NOT NULL;
CREATE INDEX documents_parts ON documents (part_of) WHERE part_of IS NOT NULL;

-- What a document takes back of an earlier one. A draw is live until its document is voided or its delivery discarded;
-- one that isn't when the sale is drawn on again, or voided, has lapsed for good.
CREATE TABLE draws (
    sale     INTEGER NOT NULL,
    drawn_by INTEGER NOT NULL,
    what     BLOB NOT NULL,
    lapsed   INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (sale, drawn_by),
    CHECK (sale < drawn_by),
    CHECK (lapsed IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE INDEX draws_drawn_by ON draws (drawn_by);

-- What a document is about, beside its contact: the document that it came along with, the subject, whether it uses that,
-- whether that was taken back, what it risks, and whether what it came along with waits for it. Most documents have no
-- row here. Ways: 0 in turn, 1 states the whole of the subject, 2 acts on what base made, the newest before it that did.
CREATE TABLE alongs (
    document   INTEGER PRIMARY KEY,
    leader     INTEGER,
    subject    INTEGER,
    way        INTEGER,
    base       INTEGER,
    uses       INTEGER NOT NULL,
    goes_first INTEGER NOT NULL,
    undone     INTEGER NOT NULL,
    bucket     TEXT,
    amount     INTEGER,
    CHECK (leader < document),
    CHECK (uses IN (0, 1)),
    CHECK ((subject IS NULL) = (way IS NULL)),
    CHECK (way IN (0, 1, 2)),
    CHECK (base IS NULL OR way = 2),
    CHECK (base < document),
    CHECK (uses = 0 OR subject IS NOT NULL),
    CHECK (goes_first IN (0, 1)),
    CHECK (undone IN (0, 1)),
    CHECK (goes_first = 0 OR leader IS NOT NULL),
    CHECK ((bucket IS NULL) = (amount IS NULL))
) STRICT;
CREATE INDEX alongs_leader ON alongs (leader) WHERE leader IS NOT NULL;
CREATE INDEX alongs_subject ON alongs (subject) WHERE subject IS NOT NULL;
CREATE INDEX alongs_base ON alongs (base) WHERE base IS NOT NULL;
CREATE INDEX alongs_first ON alongs (document) WHERE goes_first = 1;
CREATE INDEX alongs_bucket ON alongs (bucket) WHERE bucket IS NOT NULL;

-- What documents are about (offers, orders), and the offers that a checkout holds. bare is the name without a kind in
-- front, remote_id the id in Engage.
CREATE TABLE subjects (
    id        INTEGER PRIMARY KEY,
    name      TEXT NOT NULL UNIQUE,
    bare      TEXT NOT NULL,
    remote_id TEXT
) STRICT;
CREATE UNIQUE INDEX subjects_remote ON subjects (remote_id) WHERE remote_id IS NOT NULL;
CREATE INDEX subjects_bare ON subjects (bare);

-- What was said of a contact and is said once; the contact is one that was never merged into another.
CREATE TABLE once (
    contact  INTEGER NOT NULL,
    word     TEXT NOT NULL,
    document INTEGER NOT NULL,
    PRIMARY KEY (contact, word)
) STRICT, WITHOUT ROWID;

-- States: 0 open, 1 paid, 2 released. Sealed with the key of the contact, if there is one.
CREATE TABLE checkouts (
    id      INTEGER PRIMARY KEY,
    key     TEXT NOT NULL UNIQUE,
    store   TEXT NOT NULL,
    contact INTEGER,
    at      INTEGER NOT NULL,
    until   INTEGER NOT NULL,
    state   INTEGER NOT NULL,
    paid_by INTEGER,
    body    BLOB,
    frozen  BLOB,
    CHECK (state IN (0, 1, 2)),
    CHECK ((paid_by IS NOT NULL) = (state = 1)),
    CHECK ((body IS NULL) = (frozen IS NULL))
) STRICT;
CREATE INDEX checkouts_contact ON checkouts (contact) WHERE contact IS NOT NULL;
CREATE INDEX checkouts_at ON checkouts (at);

-- The offers that open checkouts hold. One whose checkout has expired holds nobody off.
CREATE TABLE holds (
    subject  INTEGER PRIMARY KEY,
    checkout INTEGER NOT NULL,
    bucket   TEXT,
    amount   INTEGER,
    CHECK ((bucket IS NULL) = (amount IS NULL))
) STRICT;
CREATE INDEX holds_checkout ON holds (checkout);
CREATE INDEX holds_bucket ON holds (bucket) WHERE bucket IS NOT NULL;

-- Apart from the state, so that a step rewrites a short row. Sealed with the key of the document's contact, if there is
-- one.
CREATE TABLE bodies (
    document INTEGER PRIMARY KEY,
    body     BLOB NOT NULL,
    frozen   BLOB NOT NULL
) STRICT;

-- The bodies that nothing needs any longer, since when; and those of them that were condensed.
CREATE TABLE expiring (
    condensed INTEGER NOT NULL,
    since     INTEGER NOT NULL,
    document  INTEGER NOT NULL,
    PRIMARY KEY (condensed, since, document),
    CHECK (condensed IN (0, 1))
) STRICT, WITHOUT ROWID;

-- A delivery has the number of its document. landed is when an attempt that may have landed was last under way.
-- blocked is the number of its edges. mark is what an attempt had to remember, learnt what came of it.
CREATE TABLE deliveries (
    id           INTEGER PRIMARY KEY,
    kind         TEXT NOT NULL,
    role         INTEGER NOT NULL,
    contact      INTEGER,
    blocked      INTEGER NOT NULL DEFAULT 0,
    state        INTEGER NOT NULL,
    due          INTEGER,
    attempts     INTEGER NOT NULL,
    failures     INTEGER NOT NULL,
    begun        INTEGER,
    landed       INTEGER,
    note_code    TEXT,
    note_detail  TEXT,
    ended        INTEGER,
    confirm_due  INTEGER,
    misses       INTEGER NOT NULL,
    resent       INTEGER NOT NULL,
    confirmed_at INTEGER,
    mark         BLOB,
    learnt       BLOB,
    CHECK ((due IS NOT NULL) = (state IN (0, 2))),
    CHECK ((ended IS NOT NULL) = (state IN (3, 5))),
    CHECK (begun IS NOT NULL OR state <> 1),
    CHECK (landed IS NOT NULL OR state <> 2),
    CHECK (confirm_due IS NULL OR state = 3)
) STRICT;
CREATE INDEX deliveries_due ON deliveries (due) WHERE blocked = 0 AND state IN (0, 2);
CREATE INDEX deliveries_state ON deliveries (state) WHERE state <> 3;
CREATE INDEX deliveries_contact ON deliveries (contact, role) WHERE role <> 0 AND state NOT IN (3, 5);
CREATE INDEX deliveries_confirm ON deliveries (confirm_due) WHERE confirm_due IS NOT NULL;

-- The open deliveries that an open delivery waits for: of its contact, creations of contacts that it hints at, of what
-- it draws on, about its subject, and what came along with it and goes first.
CREATE TABLE edges (
    waiter    INTEGER NOT NULL,
    waits_for INTEGER NOT NULL,
    PRIMARY KEY (waiter, waits_for)
) STRICT, WITHOUT ROWID;
CREATE INDEX edges_waits_for ON edges (waits_for);

-- Deliveries by kind and state, kept up in the transaction that changes a state.
CREATE TABLE counts (
    kind  TEXT NOT NULL,
    state INTEGER NOT NULL,
    n     INTEGER NOT NULL,
    PRIMARY KEY (kind, state),
    CHECK (n >= 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE history (
    delivery    INTEGER NOT NULL,
    n           INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    what        TEXT NOT NULL,
    note_code   TEXT,
    note_detail TEXT,
    by          TEXT,
    PRIMARY KEY (delivery, n)
) STRICT, WITHOUT ROWID;

-- bytes_through is the length of all bodies up to this row, so that the sum is a subtraction.
CREATE TABLE quarantine (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    at            INTEGER NOT NULL,
    path          TEXT NOT NULL,
    by            TEXT NOT NULL,
    reason        TEXT NOT NULL,
    body          BLOB NOT NULL,
    bytes_through INTEGER NOT NULL
) STRICT;

CREATE TABLE tokens (
    hash       BLOB PRIMARY KEY,
    name       TEXT NOT NULL,
    role       TEXT NOT NULL,
    stores     TEXT NOT NULL,
    issued     INTEGER NOT NULL,
    expires    INTEGER,
    revoked_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX tokens_name ON tokens (name) WHERE revoked_at IS NULL;

-- Small things of the caller's.
CREATE TABLE kept (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL,
    at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
