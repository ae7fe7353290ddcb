-- occ4j schema 1 for H2. Instants are whole microseconds since the epoch, by the database's clock.

-- One row: which life of the database this is. A restored copy keeps it; a new schema gets another.
CREATE TABLE IF NOT EXISTS occ_meta (
  id SMALLINT NOT NULL,
  schema_version INTEGER NOT NULL,
  incarnation VARCHAR(36) NOT NULL,
  PRIMARY KEY (id)
);

-- Values under keys (VersionedStore). The version of a row is the time of its last write.
CREATE TABLE IF NOT EXISTS occ_store (
  namespace VARCHAR(100) NOT NULL,
  item_key VARBINARY(255) NOT NULL,
  version BIGINT NOT NULL,
  updated_by VARCHAR(255),
  payload BINARY LARGE OBJECT NOT NULL,
  PRIMARY KEY (namespace, item_key)
);

-- What was committed, for followers on every node (ChangeFeed). Tags may be empty, and so NULL in
-- the mode of Oracle.
CREATE TABLE IF NOT EXISTS occ_change (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  source VARCHAR(255) NOT NULL,
  kind SMALLINT NOT NULL,
  item_key VARCHAR(1000),
  version BIGINT NOT NULL,
  updated_by VARCHAR(255),
  tags CHARACTER LARGE OBJECT,
  node VARCHAR(36) NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (id)
);

-- Who has which turn until when (KeyedMutex).
CREATE TABLE IF NOT EXISTS occ_mutex (
  namespace VARCHAR(100) NOT NULL,
  lock_key VARBINARY(255) NOT NULL,
  token BIGINT NOT NULL,
  owner VARCHAR(36),
  holder VARCHAR(255),
  acquired_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (namespace, lock_key)
);

-- What was answered to which mutation (IdempotencyRegistry). The hash covers the exact scope.
-- A fingerprint may be empty, and so NULL in the mode of Oracle.
CREATE TABLE IF NOT EXISTS occ_mutation (
  scope_hash VARBINARY(32) NOT NULL,
  mutation_id VARBINARY(16) NOT NULL,
  tenant VARCHAR(255) NOT NULL,
  principal VARCHAR(255) NOT NULL,
  operation VARCHAR(255) NOT NULL,
  state SMALLINT NOT NULL,
  attempt INTEGER NOT NULL,
  fingerprint VARCHAR(64),
  codec VARCHAR(255),
  answer BINARY LARGE OBJECT,
  external_call BOOLEAN NOT NULL,
  claimed_at BIGINT NOT NULL,
  lease_until BIGINT NOT NULL,
  completed_at BIGINT,
  purge_after BIGINT NOT NULL,
  PRIMARY KEY (scope_hash, mutation_id)
);
CREATE INDEX IF NOT EXISTS occ_mutation_purge ON occ_mutation (purge_after);

-- The end: whoever finds this row finds all of the above.
MERGE INTO occ_meta m USING (VALUES (1)) v(id) ON m.id = v.id
  WHEN NOT MATCHED THEN INSERT (id, schema_version, incarnation) VALUES (1, 1, CAST(RANDOM_UUID() AS VARCHAR(36)));
