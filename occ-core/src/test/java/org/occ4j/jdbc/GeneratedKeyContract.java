/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.occ4j.Codec;
import org.occ4j.DataRejectedException;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.Versioned;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.Outcome;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.store.Page;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.RecordingFollower;
import org.occ4j.testkit.TestDatabase;

/** Rows whose keys the database generates. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class GeneratedKeyContract {

  record Ticket(long id, String title) {
    byte[] bytes() {
      return (id + " " + title).getBytes(UTF_8);
    }

    static Ticket of(String text) {
      int end = text.indexOf(' ');
      return new Ticket(Long.parseLong(text.substring(0, end)), text.substring(end + 1));
    }
  }

  private final Engine engine;
  private final String generated;
  private TestDatabase database;
  private OccDatabase node;

  /**
   * A contract.
   *
   * @param generated what follows the name of a column of generated keys
   */
  GeneratedKeyContract(Engine engine, String generated) {
    this.engine = engine;
    this.generated = generated;
  }

  @BeforeAll
  void openDatabase() throws Exception {
    database = engine.server().newDatabase();
    node = OccDatabase.builder(database.dataSource()).createSchema().open();
    String rest = " PRIMARY KEY, version BIGINT NOT NULL, updated_by VARCHAR(9), title VARCHAR(9))";
    database.execute(
        "CREATE TABLE ticket (id " + generated + rest, "CREATE TABLE given (id BIGINT" + rest);
  }

  @AfterAll
  void closeDatabase() {
    node.close();
  }

  private JdbcVersionedStore<Long, Ticket> tickets(String table) {
    return node.store(TableMapping.record(Ticket.class, Long.class).table(table).build());
  }

  @Test
  void insert_returnsTheKeyAndTheState_andTellsOfIt() throws Exception {
    JdbcVersionedStore<Long, Ticket> store = tickets("ticket");
    Page.Entry<Long, Ticket> first = store.by("ann").insert(new Ticket(0, "a"));
    assertThat(first.state().value()).isEqualTo(new Ticket(first.key(), "a"));
    assertThat(first.state().updatedBy()).isEqualTo("ann");
    assertThat(store.get(first.key())).contains(first.state());
    RecordingFollower told = new RecordingFollower();
    try (var following = node.changes().followDirectly(told)) {
      Page.Entry<Long, Ticket> second =
          store.recordChanges(true).insert(new Ticket(first.key(), "b"));
      assertThat(second.key()).isGreaterThan(first.key());
      assertThat(told.changes())
          .singleElement()
          .satisfies(
              change -> {
                assertThat(change.key()).isEqualTo(second.key().toString());
                assertThat(change.version()).isEqualTo(second.state().version());
              });
    }
    Versioned<Ticket> next =
        store
            .put(
                first.key(),
                new Ticket(first.key(), "c"),
                Expected.version(first.state().version()))
            .orThrow();
    assertThat(next.version()).isGreaterThan(first.state().version());
  }

  @Test
  void insert_joined_standsAndFallsWithTheTransaction() throws Exception {
    JdbcVersionedStore<Long, Ticket> store = tickets("ticket");
    for (boolean commits : new boolean[] {true, false}) {
      long key;
      try (Connection connection = database.connect()) {
        connection.setAutoCommit(false);
        key = store.joining(connection).insert(new Ticket(0, "j")).key();
        if (commits) {
          connection.commit();
        } else {
          connection.rollback();
        }
      }
      assertThat(store.get(key).isPresent()).isEqualTo(commits);
    }
  }

  @Test
  void insert_inAnEffectOfTheRegistry_isMadeOnce() throws Exception {
    JdbcVersionedStore<Long, Ticket> store = tickets("ticket");
    MutationId id = new MutationId(new Scope("t", "p", "ticket"), UUID.randomUUID());
    IdempotencyOptions<String> how = IdempotencyOptions.returning(Codec.strings());
    SqlEffect<String> effect =
        (transaction, context) ->
            store.joining(transaction).insert(new Ticket(0, "once")).key().toString();
    Outcome<String> made = node.idempotency().executeInTransaction(id, how, effect);
    Outcome<String> again = node.idempotency().executeInTransaction(id, how, effect);
    assertThat(made)
        .isInstanceOfSatisfying(
            Outcome.Executed.class,
            executed ->
                assertThat(again)
                    .isInstanceOfSatisfying(
                        Outcome.Replayed.class,
                        replayed -> assertThat(replayed.value()).isEqualTo(executed.value())));
    try (Connection connection = database.connect()) {
      assertThat(Sql.number(connection, "SELECT COUNT(*) FROM ticket WHERE title = 'once'"))
          .isOne();
    }
  }

  /** As a restored row or an imported one: the application gives the key and says so by put. */
  @Test
  void put_ofAKeyThatTheDatabaseWouldGenerate_makesItsRow() throws Exception {
    JdbcVersionedStore<Long, Ticket> store = tickets("ticket");
    Versioned<Ticket> given =
        store.put(1_000L, new Ticket(1_000, "given"), Expected.absent()).orThrow();
    assertThat(store.get(1_000L)).contains(given);
    assertThat(store.put(1_000L, new Ticket(1_000, "x"), Expected.absent()).isApplied()).isFalse();
    store.put(1_001L, new Ticket(1_001, "any"), Expected.any()).orThrow();
    store.put(1_001L, new Ticket(1_001, "again"), Expected.any()).orThrow();
    assertThat(store.get(1_001L).orElseThrow().value().title()).isEqualTo("again");
    Versioned<Ticket> piped = node.pipeline(store, CODEC).build().apply(creation(1_002)).orThrow();
    assertThat(store.get(1_002L)).contains(piped);
  }

  private static final Codec<Ticket> CODEC =
      Codec.of("ticket", Ticket::bytes, bytes -> Ticket.of(new String(bytes, UTF_8)));

  private static Mutation<Long, Ticket> creation(long key) {
    MutationId id = new MutationId(new Scope("t", "p", "create"), UUID.randomUUID());
    return Mutation.of(id, key, Expected.absent(), Edit.set(new Ticket(key, "piped"))).build();
  }

  @Test
  void insert_whereNothingIsGenerated_isRefused() {
    assertThatThrownBy(() -> tickets("given").insert(new Ticket(3, "x")))
        .isInstanceOf(DataRejectedException.class);
    assertThatThrownBy(() -> tickets("ticket").insert(new Ticket(3, "far too long")))
        .isInstanceOf(DataRejectedException.class);
    assertThatThrownBy(() -> node.store("own", KeyCodec.longs(), Codec.strings()).insert("nothing"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("own");
  }
}
