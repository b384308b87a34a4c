-- What every server shares: how far the ledger has come, its commits, its registry, and what is
-- remembered of requests. On Citus these tables stay on the coordinator.

-- One row. A revision is allocated when it is durable, and published when all of its rows are there.
CREATE TABLE head (
    id smallint PRIMARY KEY CHECK (id = 0),
    allocated bigint NOT NULL,
    published bigint NOT NULL
);
INSERT INTO head VALUES (0, 0, 0);

CREATE TABLE commits (
    revision bigint PRIMARY KEY,
    -- Microseconds since 1970.
    recorded bigint NOT NULL,
    digest bytea NOT NULL,
    -- How many ids are live with it.
    live_claims bigint NOT NULL,
    live_sources bigint NOT NULL,
    live_entities bigint NOT NULL,
    live_documents bigint NOT NULL,
    -- How many versions of claims the ledger has with it: where the next one stands.
    claims_end bigint NOT NULL,
    -- How many rows it has in `claims` and in `retirements`.
    claims integer NOT NULL,
    retirements integer NOT NULL,
    -- Its claims and retractions, until they have their rows.
    payload bytea
);
CREATE INDEX commits_recorded ON commits (recorded);

-- Entities, sources and documents.
CREATE TABLE registry (
    kind smallint NOT NULL,
    id text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    revision bigint NOT NULL,
    -- Its place in its commit.
    ordinal integer NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (kind, id, version)
);
CREATE INDEX registry_revision ON registry (revision, ordinal);

-- Texts as bytes, since texts of PostgreSQL hold no NUL.
CREATE TABLE requests (
    caller bytea NOT NULL,
    request_id bytea NOT NULL,
    remembered bigint NOT NULL,
    record bytea NOT NULL,
    PRIMARY KEY (caller, request_id)
);
CREATE INDEX requests_remembered ON requests (remembered);

-- Every version of every claim. Times are microseconds since 1970, and numbers the keys that have
-- their order, as in the plan: an interval that is not there is NULL.
CREATE TABLE claims (
    bucket smallint NOT NULL,
    id text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    revision bigint NOT NULL,
    recorded bigint NOT NULL,
    position bigint NOT NULL,
    when_low bigint, when_high bigint,
    value_low bigint, value_high bigint, best bigint,
    said_low bigint, said_high bigint,
    deadline_low bigint, deadline_high bigint,
    hops_low bigint, hops_high bigint,
    t_type text[] COLLATE "C", t_actor text[] COLLATE "C", t_agent text[] COLLATE "C",
    t_target text[] COLLATE "C", t_kind text[] COLLATE "C", t_action text[] COLLATE "C",
    t_state text[] COLLATE "C", t_manner text[] COLLATE "C", t_place text[] COLLATE "C",
    t_incident text[] COLLATE "C", t_mode text[] COLLATE "C", t_unit text[] COLLATE "C",
    t_per text[] COLLATE "C", t_basis text[] COLLATE "C", t_of text[] COLLATE "C",
    t_hedge text[] COLLATE "C", t_instrument text[] COLLATE "C", t_bearer text[] COLLATE "C",
    t_modality text[] COLLATE "C", t_by text[] COLLATE "C", t_via text[] COLLATE "C",
    t_source text[] COLLATE "C", t_for text[] COLLATE "C", t_publisher text[] COLLATE "C",
    t_act text[] COLLATE "C", t_stance text[] COLLATE "C", t_clarity text[] COLLATE "C",
    t_occasion text[] COLLATE "C", t_likelihood text[] COLLATE "C", t_confidence text[] COLLATE "C",
    t_credibility text[] COLLATE "C", t_document text[] COLLATE "C", t_label text[] COLLATE "C",
    t_label_key text[] COLLATE "C", t_relation text[] COLLATE "C",
    words text[] COLLATE "C",
    bytes bytea NOT NULL,
    PRIMARY KEY (bucket, id, version)
);
-- What is asked stays in the row; the bytes, which pages alone need, lie beside.
ALTER TABLE claims SET (toast_tuple_target = 128);
ALTER TABLE claims ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- Since when a version of a claim is replaced (0) or retracted (1).
CREATE TABLE retirements (
    bucket smallint NOT NULL,
    id text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    how smallint NOT NULL,
    revision bigint NOT NULL,
    recorded bigint NOT NULL,
    -- The retraction and its place in its commit.
    ordinal integer,
    bytes bytea,
    PRIMARY KEY (bucket, id, version, how)
);
CREATE INDEX retirements_revision ON retirements (revision);
