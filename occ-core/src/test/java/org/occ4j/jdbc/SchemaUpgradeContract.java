/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.OccException;
import org.occ4j.SchemaException;
import org.occ4j.jdbc.internal.SchemaDdl;
import org.occ4j.jdbc.internal.SchemaSetup;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.Patience;
import org.occ4j.testkit.TestDatabase;

/**
 * A later release of the library, whose schema is 2, beside this one, whose schema is 1: the later
 * one adds a column and a table while nodes of this one are at work.
 */
abstract class SchemaUpgradeContract {
  private final Engine engine;
  private final EngineProfile.Family family;
  private TestDatabase database;

  SchemaUpgradeContract(Engine engine, EngineProfile.Family family) {
    this.engine = engine;
    this.family = family;
  }

  @BeforeEach
  void openEmptyDatabase() {
    database = engine.server().newDatabase();
  }

  /** The later release's. */
  private SchemaSetup later() {
    org.occ4j.jdbc.internal.Engine known = EngineProfile.of(family, "2").dialects().engine();
    String shipped = SchemaDdl.load(known);
    String later =
        shipped
            .replace("occ4j schema 1 ", "occ4j schema 2 over 1 ")
            .replace("(1, 1, ", "(1, 2, ")
            .replace(
                "-- The end:",
                """
                ALTER TABLE occ_store ADD COLUMN IF NOT EXISTS origin VARCHAR(20);
                CREATE TABLE IF NOT EXISTS occ_later (
                  id BIGINT NOT NULL,
                  PRIMARY KEY (id)
                );

                -- The end:""");
    assertThat(later).contains("over 1 ", "(1, 2, ", "occ_later", "origin");
    return new SchemaSetup(known, null, new SchemaDdl(known, "occ_", later));
  }

  private OccDatabaseBuilder builder() {
    return OccDatabase.builder(database.dataSource());
  }

  private void create(SchemaSetup setup) throws SQLException {
    try (Connection connection = database.connect()) {
      setup.create(connection);
    }
  }

  private void check(SchemaSetup setup) throws SQLException {
    try (Connection connection = database.connect()) {
      setup.check(connection, setup.locate(connection));
    }
  }

  private static void write(OccDatabase node, String key) {
    JdbcVersionedStore<String, String> store =
        node.store("notes", KeyCodec.strings(), Codec.strings());
    store.recordChanges(true).put(key, "x", Expected.any()).orThrow();
  }

  private String number() throws SQLException {
    try (Connection connection = database.connect()) {
      return Sql.text(connection, "SELECT schema_version FROM occ_meta");
    }
  }

  @Test
  void laterLibrary_onAnOlderSchema_saysWhatIsMissingAndAddsItOnRequest() throws SQLException {
    builder().createSchema().open().close();
    assertThatThrownBy(() -> check(later()))
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("column occ_store.origin is missing")
        .hasMessageContaining("table occ_later is missing");
    create(later());
    create(later());
    check(later());
    assertThat(number()).isEqualTo("1");
  }

  @Test
  void thisLibrary_whileALaterOneAddsToTheSchema_goesOnAndOpens() throws Exception {
    try (OccDatabase node = builder().createSchema().open()) {
      AtomicBoolean added = new AtomicBoolean();
      AtomicInteger written = new AtomicInteger();
      AtomicReference<OccException> failed = new AtomicReference<>();
      Thread writer =
          new Thread(
              () -> {
                while (!added.get()) {
                  try {
                    write(node, "k" + written.incrementAndGet() % 10);
                  } catch (OccException failure) {
                    failed.set(failure);
                  }
                }
              });
      writer.start();
      try {
        Patience.await().until(() -> written.get() > 5);
        create(later());
      } finally {
        added.set(true);
        writer.join();
      }
      if (family != EngineProfile.Family.H2) { // which has no table for a moment while it alters it
        assertThat(failed).hasNullValue();
      }
      write(node, "after");
    }
    for (OccDatabaseBuilder restarted : List.of(builder(), builder().createSchema())) {
      try (OccDatabase node = restarted.open()) {
        write(node, "restarted");
      }
    }
    check(later());
  }

  @Test
  void thisLibrary_afterTheNumberWasRaised_isRefused() throws SQLException {
    try (OccDatabase open = builder().createSchema().open()) {
      create(later());
      database.execute("UPDATE occ_meta SET schema_version = 2 WHERE schema_version = 1");
      check(later());
      for (OccDatabaseBuilder restarted : List.of(builder(), builder().createSchema())) {
        assertThatThrownBy(restarted::open)
            .isInstanceOf(SchemaException.class)
            .hasMessageContaining("says schema 2, this library knows 1")
            .hasMessageContaining("newer occ4j");
      }
      write(open, "still");
    }
  }

  @Test
  void laterLibrary_onAnEmptyDatabase_makesItsOwnSchema() throws SQLException {
    create(later());
    check(later());
    assertThat(number()).isEqualTo("2");
    assertThatThrownBy(() -> builder().open()).isInstanceOf(SchemaException.class);
  }
}
