-- occ4j schema 1 for MariaDB 10.6 or later. Instants are whole microseconds since the epoch, by the database's clock.
-- Text is compared as it is written: the collation knows neither case nor trailing blanks.

-- One row: which life of the database this is. A restored copy keeps it; a new schema gets another.
CREATE TABLE IF NOT EXISTS occ_meta (
  id SMALLINT NOT NULL,
  schema_version INTEGER NOT NULL,
  incarnation VARCHAR(36) NOT NULL,
  PRIMARY KEY (id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- Values under keys (VersionedStore). The version of a row is the time of its last write.
CREATE TABLE IF NOT EXISTS occ_store (
  namespace VARCHAR(100) NOT NULL,
  item_key VARBINARY(255) NOT NULL,
  version BIGINT NOT NULL,
  updated_by VARCHAR(255),
  payload LONGBLOB NOT NULL,
  PRIMARY KEY (namespace, item_key)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- What was committed, for followers on every node (ChangeFeed).
CREATE TABLE IF NOT EXISTS occ_change (
  id BIGINT NOT NULL AUTO_INCREMENT,
  source VARCHAR(255) NOT NULL,
  kind SMALLINT NOT NULL,
  item_key VARCHAR(1000),
  version BIGINT NOT NULL,
  updated_by VARCHAR(255),
  tags MEDIUMTEXT NOT NULL,
  node VARCHAR(36) NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

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
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- What was answered to which mutation (IdempotencyRegistry). The hash covers the exact scope.
CREATE TABLE IF NOT EXISTS occ_mutation (
  scope_hash VARBINARY(32) NOT NULL,
  mutation_id VARBINARY(16) NOT NULL,
  tenant VARCHAR(255) NOT NULL,
  principal VARCHAR(255) NOT NULL,
  operation VARCHAR(255) NOT NULL,
  state SMALLINT NOT NULL,
  attempt INTEGER NOT NULL,
  fingerprint VARCHAR(64) NOT NULL,
  codec VARCHAR(255),
  answer LONGBLOB,
  external_call BOOLEAN NOT NULL,
  claimed_at BIGINT NOT NULL,
  lease_until BIGINT NOT NULL,
  completed_at BIGINT,
  purge_after BIGINT NOT NULL,
  PRIMARY KEY (scope_hash, mutation_id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
CREATE INDEX IF NOT EXISTS occ_mutation_purge ON occ_mutation (purge_after);

-- The end: whoever finds this row finds all of the above.
INSERT INTO occ_meta (id, schema_version, incarnation) VALUES (1, 1, UUID())
  ON DUPLICATE KEY UPDATE id = id;
