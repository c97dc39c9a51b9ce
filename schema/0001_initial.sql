-- The first shape of the database. Times are milliseconds since 1970; 0 in a
-- time means "not yet". STRICT: a value of the wrong kind is refused.

CREATE TABLE fact (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE target (
    n           INTEGER PRIMARY KEY,
    name        TEXT NOT NULL UNIQUE,
    account     TEXT,
    public_base TEXT,
    created     INTEGER NOT NULL,
    synced_at   INTEGER NOT NULL DEFAULT 0
) STRICT;

-- The mirror. Rows are never deleted, so n also is the order of creation.
-- What an answer is made of stands first; `upstream`, the longest text that
-- no answer needs, stands last.
CREATE TABLE resource (
    n           INTEGER PRIMARY KEY,
    target      INTEGER NOT NULL REFERENCES target (n),
    type        INTEGER NOT NULL CHECK (type IN (0, 1)),
    state       INTEGER NOT NULL CHECK (state BETWEEN 0 AND 3),
    active      INTEGER NOT NULL CHECK (active IN (0, 1)),
    version     INTEGER NOT NULL,
    created     INTEGER NOT NULL,
    modified    INTEGER NOT NULL,
    seen        INTEGER NOT NULL,
    id          TEXT NOT NULL,
    kind        TEXT,
    display     TEXT, -- displayName, else userName: for lists of members
    body        TEXT NOT NULL,
    extension   TEXT,
    groups      TEXT,
    upstream_id TEXT,
    identity    TEXT,
    role        TEXT,
    external_id TEXT,
    -- Unique, so an erased row gives it up and keeps it in the other column. (An
    -- index of "state <> 3" alone is of no use to SQLite inside an OR.)
    name_key    TEXT,
    name_erased TEXT,
    display_key TEXT,
    match_key   TEXT,
    upstream    TEXT
) STRICT;

CREATE UNIQUE INDEX resource_id ON resource (id);
CREATE INDEX resource_list ON resource (target, type) WHERE state <> 3;
CREATE UNIQUE INDEX resource_name ON resource (target, name_key)
    WHERE name_key IS NOT NULL;
CREATE UNIQUE INDEX resource_upstream ON resource (target, type, upstream_id)
    WHERE upstream_id IS NOT NULL;
CREATE INDEX resource_external ON resource (target, type, external_id)
    WHERE external_id IS NOT NULL;
CREATE INDEX resource_display ON resource (target, type, display_key)
    WHERE display_key IS NOT NULL;
CREATE INDEX resource_match ON resource (target, match_key)
    WHERE match_key IS NOT NULL;
-- Of many rows alike: partial, so that counting them reads no row.
CREATE INDEX resource_created ON resource (target, type, created)
    WHERE state <> 3;
CREATE INDEX resource_modified ON resource (target, type, modified)
    WHERE state <> 3;
CREATE INDEX resource_active ON resource (target, type, active)
    WHERE state <> 3;
-- Of all rows, erased ones too.
CREATE INDEX resource_state ON resource (target, type, state);

-- Living users as answers show them, ready to send, in the order of lists: made
-- from `resource` by the transaction that changes it (store/shown.c).
CREATE TABLE shown (
    k       INTEGER PRIMARY KEY, -- target << 40 | n
    version INTEGER NOT NULL,
    seen    INTEGER NOT NULL,
    seen_at INTEGER NOT NULL, -- where in the text `seen` stands; 0: nowhere
    text    TEXT              -- NULL: to be made from the resource
) STRICT;

-- How many living rows there are: all of them (block -1), those of each 128 row
-- numbers (block n >> 7), and of each 16384 (block -2 - (n >> 14)): so that
-- neither a total nor a far page walks the whole list.
CREATE TABLE tally (
    target INTEGER NOT NULL,
    type   INTEGER NOT NULL,
    block  INTEGER NOT NULL,
    living INTEGER NOT NULL,
    PRIMARY KEY (target, type, block)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER tally_born AFTER INSERT ON resource WHEN new.state <> 3
BEGIN
    INSERT INTO tally VALUES (new.target, new.type, -1, 1),
                             (new.target, new.type, -2 - (new.n >> 14), 1),
                             (new.target, new.type, new.n >> 7, 1)
        ON CONFLICT DO UPDATE SET living = living + 1;
END;
CREATE TRIGGER tally_moved AFTER UPDATE OF state ON resource
    WHEN (old.state <> 3) <> (new.state <> 3)
BEGIN
    INSERT INTO tally
        VALUES (new.target, new.type, -1, (new.state <> 3) - (old.state <> 3)),
               (new.target, new.type, -2 - (new.n >> 14),
                (new.state <> 3) - (old.state <> 3)),
               (new.target, new.type, new.n >> 7,
                (new.state <> 3) - (old.state <> 3))
        ON CONFLICT DO UPDATE SET living = living + excluded.living;
END;

-- Attribute values by which resources are found. key: a folded text; number:
-- booleans, numbers and times. Exactly one of them is set. nth tells apart
-- several values of one path in one element.
CREATE TABLE attr_name (
    n    INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE attr (
    resource   INTEGER NOT NULL REFERENCES resource (n),
    path       INTEGER NOT NULL REFERENCES attr_name (n),
    element    INTEGER NOT NULL,
    nth        INTEGER NOT NULL,
    key        TEXT,
    number     REAL,
    is_primary INTEGER NOT NULL,
    PRIMARY KEY (resource, path, element, nth),
    CHECK ((key IS NULL) <> (number IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX attr_key ON attr (path, key) WHERE key IS NOT NULL;
CREATE INDEX attr_number ON attr (path, number) WHERE number IS NOT NULL;

CREATE TABLE member (
    grp    INTEGER NOT NULL REFERENCES resource (n),
    member INTEGER NOT NULL REFERENCES resource (n),
    PRIMARY KEY (grp, member)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_of ON member (member, grp);

CREATE TABLE tombstone (
    n           INTEGER PRIMARY KEY,
    target      INTEGER NOT NULL REFERENCES target (n),
    resource    INTEGER NOT NULL REFERENCES resource (n),
    upstream_id TEXT,
    snapshot    TEXT,
    receipt     TEXT, -- JSON: open conversations found, moved, to whom
    reason      TEXT NOT NULL,
    since       INTEGER NOT NULL,
    revived     INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX tombstone_of ON tombstone (resource) WHERE revived = 0;
CREATE INDEX tombstone_list ON tombstone (target) WHERE revived = 0;

CREATE TABLE journal (
    n          INTEGER PRIMARY KEY,
    target     INTEGER NOT NULL REFERENCES target (n),
    id         TEXT NOT NULL,
    type       INTEGER NOT NULL,
    action     TEXT NOT NULL,
    intent     TEXT NOT NULL,
    progress   TEXT,
    request_id TEXT,
    actor      TEXT,
    opened     INTEGER NOT NULL,
    closed     INTEGER NOT NULL DEFAULT 0,
    outcome    TEXT
) STRICT;
CREATE INDEX journal_open ON journal (target) WHERE closed = 0;
CREATE INDEX journal_closed ON journal (closed) WHERE closed > 0;

CREATE TABLE task (
    n         INTEGER PRIMARY KEY,
    id        TEXT NOT NULL UNIQUE,
    target    INTEGER NOT NULL REFERENCES target (n),
    resource  INTEGER NOT NULL REFERENCES resource (n),
    kind      TEXT NOT NULL,
    detail    TEXT,
    opened    INTEGER NOT NULL,
    due       INTEGER NOT NULL DEFAULT 0,
    closed    INTEGER NOT NULL DEFAULT 0,
    outcome   TEXT,
    closed_by TEXT,
    alarms    INTEGER NOT NULL DEFAULT 0, -- times that somebody was alarmed
    alarmed   INTEGER NOT NULL DEFAULT 0  -- the last time
) STRICT;
CREATE UNIQUE INDEX task_of ON task (resource, kind) WHERE closed = 0;
CREATE INDEX task_open ON task (target) WHERE closed = 0;
CREATE INDEX task_all ON task (target);

-- AUTOINCREMENT: SQLite itself remembers the last number, so that rows cut off
-- at the end are missed.
-- The open conversations of a leaver. At most one hand-over of a person is
-- open. promised: the request was answered, and the bridge ends it by itself.
CREATE TABLE hand_over (
    n          INTEGER PRIMARY KEY,
    target     INTEGER NOT NULL REFERENCES target (n),
    resource   INTEGER NOT NULL REFERENCES resource (n),
    leaver     TEXT NOT NULL, -- upstream id
    removal    INTEGER NOT NULL CHECK (removal IN (0, 1)),
    listed     INTEGER NOT NULL CHECK (listed IN (0, 1)),
    blind      INTEGER NOT NULL CHECK (blind IN (0, 1)), -- it could not be
    promised   INTEGER NOT NULL CHECK (promised IN (0, 1)),
    rounds     INTEGER NOT NULL,
    failures   INTEGER NOT NULL,
    actor      TEXT,
    request_id TEXT,
    opened     INTEGER NOT NULL,
    moved_at   INTEGER NOT NULL,
    next_at    INTEGER NOT NULL,
    alarmed    INTEGER NOT NULL,
    error      TEXT,
    closed     INTEGER NOT NULL DEFAULT 0,
    outcome    TEXT
) STRICT;
CREATE INDEX hand_over_of ON hand_over (resource);
CREATE UNIQUE INDEX hand_over_open ON hand_over (resource) WHERE closed = 0;
CREATE INDEX hand_over_next ON hand_over (target, next_at)
    WHERE closed = 0 AND promised = 1;

-- What became of each conversation: 0 waiting, 1 its heir is chosen, 2 sent,
-- 3 moved, 4 stuck, 5 gone (see store/hand_over.h). The heir stands here before
-- the helpdesk is called, so that a stop never moves one to two people.
CREATE TABLE hand_over_item (
    hand_over INTEGER NOT NULL REFERENCES hand_over (n),
    place     INTEGER NOT NULL,
    ticket    TEXT NOT NULL,
    state     INTEGER NOT NULL CHECK (state BETWEEN 0 AND 5),
    entry     INTEGER NOT NULL,
    tries     INTEGER NOT NULL,
    kind      INTEGER NOT NULL,
    heir      TEXT,
    name      TEXT,
    detail    TEXT,
    PRIMARY KEY (hand_over, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    n          INTEGER PRIMARY KEY AUTOINCREMENT,
    at         INTEGER NOT NULL,
    target     INTEGER NOT NULL,
    actor      TEXT,
    request_id TEXT,
    action     TEXT,
    resource   TEXT,
    before     TEXT,
    after      TEXT,
    calls      TEXT,
    outcome    TEXT,
    detail     TEXT,
    hash       TEXT NOT NULL
) STRICT;
CREATE INDEX audit_resource ON audit (resource) WHERE resource IS NOT NULL;
CREATE TRIGGER audit_is_append_only BEFORE UPDATE ON audit
BEGIN
    SELECT raise(ABORT, 'rows of the audit are never changed');
END;
CREATE TRIGGER audit_keeps_all BEFORE DELETE ON audit
BEGIN
    SELECT raise(ABORT, 'rows of the audit are never deleted');
END;

-- What a helpdesk's account was found to have or to lack, and why we think so.
CREATE TABLE capability (
    target   INTEGER NOT NULL REFERENCES target (n),
    name     TEXT NOT NULL,
    verdict  TEXT NOT NULL CHECK (verdict IN ('present', 'absent')),
    evidence TEXT NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (target, name)
) STRICT, WITHOUT ROWID;

-- The digest of a user's native record in the listing after which the mirror
-- held all that it says: where the next one has the same, nothing is looked at.
CREATE TABLE listed (
    n INTEGER PRIMARY KEY REFERENCES resource (n),
    a INTEGER NOT NULL,
    b INTEGER NOT NULL
) STRICT;
CREATE TRIGGER listed_no_more
    AFTER UPDATE OF state, upstream_id, identity, role, upstream ON resource
BEGIN
    DELETE FROM listed WHERE n = new.n;
END;

CREATE TABLE sync_run (
    n        INTEGER PRIMARY KEY,
    target   INTEGER NOT NULL REFERENCES target (n),
    started  INTEGER NOT NULL,
    ended    INTEGER NOT NULL DEFAULT 0,
    seen     INTEGER NOT NULL DEFAULT 0,
    created  INTEGER NOT NULL DEFAULT 0,
    changed  INTEGER NOT NULL DEFAULT 0,
    vanished INTEGER NOT NULL DEFAULT 0,
    revived  INTEGER NOT NULL DEFAULT 0,
    held     INTEGER NOT NULL DEFAULT 0,
    complete INTEGER NOT NULL DEFAULT 0,
    brake    INTEGER NOT NULL DEFAULT 0,
    error    TEXT
) STRICT;
CREATE INDEX sync_run_list ON sync_run (target);

-- Who lost access over SCIM of late, once each: what the brake counts.
CREATE TABLE departure (
    target   INTEGER NOT NULL REFERENCES target (n),
    resource INTEGER NOT NULL REFERENCES resource (n),
    at       INTEGER NOT NULL,
    PRIMARY KEY (target, resource)
) STRICT, WITHOUT ROWID;
CREATE INDEX departure_at ON departure (target, at);

-- What the brake holds until a person decides. released: it may be done now.
CREATE TABLE held (
    n          INTEGER PRIMARY KEY,
    target     INTEGER NOT NULL REFERENCES target (n),
    resource   INTEGER NOT NULL REFERENCES resource (n),
    kind       TEXT NOT NULL CHECK (kind IN ('deactivate', 'delete', 'vanished')),
    actor      TEXT,
    request_id TEXT,
    at         INTEGER NOT NULL,
    released   INTEGER NOT NULL DEFAULT 0,
    closed     INTEGER NOT NULL DEFAULT 0,
    outcome    TEXT,
    closed_by  TEXT
) STRICT;
CREATE UNIQUE INDEX held_of ON held (resource) WHERE closed = 0;
CREATE INDEX held_open ON held (target) WHERE closed = 0;

CREATE TABLE token (
    n         INTEGER PRIMARY KEY,
    hash      TEXT NOT NULL UNIQUE,
    name      TEXT NOT NULL,
    target    TEXT,
    scope     TEXT NOT NULL,
    created   INTEGER NOT NULL,
    last_used INTEGER NOT NULL DEFAULT 0,
    expires   INTEGER NOT NULL DEFAULT 0,
    revoked   INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX token_name ON token (name) WHERE revoked = 0;

-- What the query planner is to believe: twenty large targets. Written by hand, so
-- that a plan depends neither on what happens to be stored nor on when
-- somebody last ran ANALYZE. Left unsaid, SQLite takes "same target and type"
-- for ten rows and would walk the whole list instead of looking a value up. (A
-- unique value is said to have two rows: of one, SQLite thinks that sorting is
-- free, and sets up a sorter for it.)
ANALYZE;
DELETE FROM sqlite_stat1;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('resource', 'resource_id', '1000000 1'),
    ('resource', 'resource_list', '1000000 55000 50000'),
    ('resource', 'resource_name', '1000000 55000 2'),
    ('resource', 'resource_upstream', '1000000 55000 50000 2'),
    ('resource', 'resource_external', '1000000 55000 50000 2'),
    ('resource', 'resource_display', '1000000 55000 50000 2'),
    ('resource', 'resource_match', '1000000 55000 2'),
    ('resource', 'resource_created', '1000000 55000 50000 20'),
    ('resource', 'resource_modified', '1000000 55000 50000 20'),
    ('resource', 'resource_active', '1000000 55000 50000 25000'),
    ('resource', 'resource_state', '1000000 55000 50000 15000'),
    ('attr', 'attr', '12000000 12 1 1 1'),
    ('attr', 'attr_key', '10000000 800000 4'),
    ('attr', 'attr_number', '2000000 800000 2000'),
    ('member', 'member', '1000000 1000 1'),
    ('member', 'member_of', '1000000 5 1');
ANALYZE sqlite_schema;
