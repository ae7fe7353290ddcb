-- occ4j schema 1 for PostgreSQL 13 or later. Instants are whole microseconds since the epoch, by the database's clock.

-- One row: which life of the database this is. A restored copy keeps it; a new schema gets another.
CREATE TABLE IF NOT EXISTS occ_meta (
  id SMALLINT NOT NULL,
  schema_version INTEGER NOT NULL,
  incarnation VARCHAR(36) NOT NULL,
  PRIMARY KEY (id)
);

-- Values under keys (VersionedStore). The version of a row is the time of its last write. Room in each page keeps updates on it.
CREATE TABLE IF NOT EXISTS occ_store (
  namespace VARCHAR(100) COLLATE "C" NOT NULL,
  item_key BYTEA NOT NULL,
  version BIGINT NOT NULL,
  updated_by VARCHAR(255),
  payload BYTEA NOT NULL,
  PRIMARY KEY (namespace, item_key)
) WITH (fillfactor = 85);

-- What was committed, for followers on every node (ChangeFeed). The cursor of a follower is a
-- snapshot: it asks for the rows of transactions that its last snapshot did not see.
CREATE TABLE IF NOT EXISTS occ_change (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  xact XID8 NOT NULL DEFAULT pg_current_xact_id(),
  source VARCHAR(255) NOT NULL,
  kind SMALLINT NOT NULL,
  item_key VARCHAR(1000),
  version BIGINT NOT NULL,
  updated_by VARCHAR(255),
  tags TEXT NOT NULL,
  node VARCHAR(36) NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (id)
);
CREATE INDEX IF NOT EXISTS occ_change_xact ON occ_change (xact, id);

-- Who has which turn until when (KeyedMutex).
CREATE TABLE IF NOT EXISTS occ_mutex (
  namespace VARCHAR(100) COLLATE "C" NOT NULL,
  lock_key BYTEA NOT NULL,
  token BIGINT NOT NULL,
  owner VARCHAR(36),
  holder VARCHAR(255),
  acquired_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (namespace, lock_key)
) WITH (fillfactor = 70);

-- What was answered to which mutation (IdempotencyRegistry). The hash covers the exact scope.
CREATE TABLE IF NOT EXISTS occ_mutation (
  scope_hash BYTEA NOT NULL,
  mutation_id BYTEA NOT NULL,
  tenant VARCHAR(255) NOT NULL,
  principal VARCHAR(255) NOT NULL,
  operation VARCHAR(255) NOT NULL,
  state SMALLINT NOT NULL,
  attempt INTEGER NOT NULL,
  fingerprint VARCHAR(64) NOT NULL,
  codec VARCHAR(255),
  answer BYTEA,
  external_call BOOLEAN NOT NULL,
  claimed_at BIGINT NOT NULL,
  lease_until BIGINT NOT NULL,
  completed_at BIGINT,
  purge_after BIGINT NOT NULL,
  PRIMARY KEY (scope_hash, mutation_id)
);
CREATE INDEX IF NOT EXISTS occ_mutation_purge ON occ_mutation (purge_after);

-- The end: whoever finds this row finds all of the above.
INSERT INTO occ_meta (id, schema_version, incarnation) VALUES (1, 1, CAST(gen_random_uuid() AS VARCHAR(36)))
  ON CONFLICT (id) DO NOTHING;
