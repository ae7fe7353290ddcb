/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.occ4j.testkit.Patience.await;

import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.Versioned;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.MutationRecord;
import org.occ4j.idempotency.Outcome;
import org.occ4j.jdbc.JdbcMutationPipeline;
import org.occ4j.jdbc.JdbcVersionedStore;
import org.occ4j.jdbc.OccDatabase;
import org.occ4j.jdbc.SqlEdit;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutation.Rejection;

/** What {@link DatabaseSmoke} asks of the registry and the pipeline. */
record SmokeMutations(OccDatabase node, OccDatabase reference, Audit audit) {
  private static final Scope SCOPE = new Scope("acme", "ada", "smoke");
  private static final IdempotencyOptions<String> HOW =
      IdempotencyOptions.returning(Codec.strings());
  private static final String ANSWER = "it's \\ answered";

  /** Counts the rows of a text in the application's table, through another connection. */
  interface Audit {
    int count(String text) throws SQLException;
  }

  private static MutationId id() {
    return new MutationId(SCOPE, UUID.randomUUID());
  }

  private static String text(MutationId id) {
    return id.clientMutationId().toString();
  }

  /** Writes a row of the application. */
  static void write(Connection transaction, String text) throws SQLException {
    try (PreparedStatement insert =
        transaction.prepareStatement("INSERT INTO smoke_audit (text) VALUES (?)")) {
      insert.setString(1, text);
      assertThat(insert.executeUpdate()).isOne();
    }
  }

  // Registry.

  void leased() throws Exception {
    MutationId id = id();
    AtomicInteger runs = new AtomicInteger();
    assertThatThrownBy(
            () ->
                node.idempotency()
                    .execute(
                        id,
                        HOW,
                        context -> {
                          throw new IOException("thrown by a test");
                        }))
        .isInstanceOf(IOException.class);
    for (int i = 0; i < 2; i++) {
      assertAnswer(
          node.idempotency()
              .execute(
                  id,
                  HOW,
                  context -> {
                    runs.incrementAndGet();
                    return ANSWER;
                  }),
          i > 0);
    }
    assertThat(runs).hasValue(1);
    assertCompleted(id);
    assertThat(node.idempotency().forget(id)).isTrue();
    assertThat(reference.idempotency().find(id)).isEmpty();
  }

  void inTransaction() throws Exception {
    MutationId id = id();
    assertThatThrownBy(
            () ->
                node.idempotency()
                    .executeInTransaction(
                        id,
                        HOW,
                        (transaction, context) -> {
                          write(transaction, text(id));
                          throw new IOException("thrown by a test");
                        }))
        .isInstanceOf(IOException.class);
    assertThat(audit.count(text(id))).isZero();
    for (int i = 0; i < 2; i++) {
      assertAnswer(
          node.idempotency()
              .executeInTransaction(id, HOW, (transaction, context) -> effect(transaction, id)),
          i > 0);
    }
    assertThat(audit.count(text(id))).isOne();
    assertCompleted(id);
  }

  void joined(DataSource tested) throws Exception {
    MutationId id = id();
    try (Connection transaction = tested.getConnection()) {
      transaction.setAutoCommit(false);
      for (int i = 0; i < 3; i++) {
        assertAnswer(
            node.idempotency()
                .joinTransaction(transaction, id, HOW, (same, context) -> effect(same, id)),
            i > 1);
        if (i == 0) {
          transaction.rollback();
          assertThat(reference.idempotency().find(id)).isEmpty();
        } else {
          transaction.commit();
        }
      }
      transaction.setAutoCommit(true);
    }
    assertThat(audit.count(text(id))).isOne();
    assertCompleted(id);
  }

  private static String effect(Connection transaction, MutationId id) throws SQLException {
    write(transaction, text(id));
    return ANSWER;
  }

  private static void assertAnswer(Outcome<String> outcome, boolean replayed) {
    if (replayed) {
      assertThat(outcome).isInstanceOf(Outcome.Replayed.class);
      assertThat(((Outcome.Replayed<String>) outcome).value()).isEqualTo(ANSWER);
    } else {
      assertThat(outcome).isInstanceOf(Outcome.Executed.class);
      assertThat(((Outcome.Executed<String>) outcome).value()).isEqualTo(ANSWER);
    }
  }

  private void assertCompleted(MutationId id) {
    assertThat(reference.idempotency().find(id).orElseThrow().state())
        .isEqualTo(MutationRecord.State.COMPLETED);
    assertThat(node.idempotency().find(id)).isEqualTo(reference.idempotency().find(id));
  }

  /** Records go once their time is over; where another node purges meanwhile, by that. */
  void purge() throws Exception {
    MutationId id = id();
    node.idempotency()
        .execute(id, HOW.toBuilder().retention(Duration.ofMillis(1)).build(), context -> ANSWER);
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () -> {
              node.idempotency().purge(100);
              return reference.idempotency().find(id).isEmpty();
            });
  }

  // Pipeline.

  private static JdbcVersionedStore<String, Note> notes(OccDatabase database, String name) {
    return database.store(name + "-note", KeyCodec.strings(), Note.CODEC).recordChanges(true);
  }

  private static Mutation<String, Note> mutation(
      MutationId id, String key, Expected expected, Edit<Note> edit) {
    return Mutation.of(id, key, expected, edit).build();
  }

  void pipeline(String name) throws Exception {
    JdbcMutationPipeline<String, Note> pipeline =
        node.pipeline(notes(node, name), Note.CODEC).build();
    Note made = new Note("it's", "a \\ body");
    MutationId first = id();
    Versioned<Note> created = null;
    for (int i = 0; i < 2; i++) {
      created =
          applied(
              name,
              "p",
              pipeline.apply(mutation(first, "p", Expected.absent(), Edit.set(made))),
              i > 0);
    }
    conflicted(pipeline.apply(mutation(id(), "p", Expected.absent(), Edit.set(made))), created);
    Expected old = Expected.version(created.version() - 1);
    MutationId second = id();
    Edit<Note> rename = Edit.update(note -> note.title("new"));
    conflicted(pipeline.apply(mutation(second, "p", old, rename)), created);
    Expected current = Expected.version(created.version());
    Versioned<Note> renamed =
        applied(name, "p", pipeline.apply(mutation(second, "p", current, rename)), false);
    assertThat(renamed.value()).isEqualTo(made.title("new"));
    assertThat(renamed.version()).isGreaterThan(created.version());
    applied(name, "p", pipeline.apply(mutation(second, "p", current, rename)), true);
    Versioned<Note> any =
        applied(
            name,
            "p",
            pipeline.apply(mutation(id(), "p", Expected.any(), Edit.update(n -> n.body("b")))),
            false);
    MutationId last = id();
    for (int i = 0; i < 2; i++) {
      MutationResult<Note> gone =
          pipeline.apply(mutation(last, "p", Expected.version(any.version()), Edit.delete()));
      assertThat(gone).isEqualTo(new MutationResult.Applied<Note>(null, i > 0));
    }
    assertThat(notes(reference, name).get("p")).isEmpty();
  }

  void pipelineWithSqlEdit(String name) throws Exception {
    JdbcMutationPipeline<String, Note> pipeline =
        node.pipeline(notes(node, name), Note.CODEC).build();
    MutationId first = id();
    Mutation<String, Note> creation =
        mutation(first, "q", Expected.absent(), Edit.set(new Note("t", "b")));
    Versioned<Note> created = null;
    for (int i = 0; i < 2; i++) {
      created = applied(name, "q", pipeline.apply(creation, auditing(creation)), i > 0);
    }
    assertThat(audit.count(text(first))).isOne();
    MutationId second = id();
    Edit<Note> rename = Edit.update(note -> note.title("new"));
    Mutation<String, Note> late =
        mutation(second, "q", Expected.version(created.version() - 1), rename);
    conflicted(pipeline.apply(late, auditing(late)), created);
    assertThat(audit.count(text(second))).as("rows of an edit that lost").isZero();
    Mutation<String, Note> good = mutation(second, "q", Expected.present(), rename);
    Versioned<Note> renamed = applied(name, "q", pipeline.apply(good, auditing(good)), false);
    assertThat(renamed.value().title()).isEqualTo("new");
    assertThat(audit.count(text(second))).isOne();
    MutationId third = id();
    Mutation<String, Note> refused = mutation(third, "q", Expected.any(), rename);
    for (int i = 0; i < 2; i++) {
      assertThat(
              pipeline.apply(
                  refused,
                  (key, before, transaction) -> {
                    write(transaction, text(third));
                    throw new Rejection("no", "never");
                  }))
          .isEqualTo(new MutationResult.Rejected<Note>("no", "never", i > 0));
    }
    assertThat(audit.count(text(third))).isZero();
    assertThat(notes(reference, name).get("q")).contains(renamed);
  }

  private static SqlEdit<String, Note> auditing(Mutation<String, Note> mutation) {
    return (key, before, transaction) -> {
      write(transaction, text(mutation.id()));
      return mutation.edit().apply(before == null ? null : before.value());
    };
  }

  private Versioned<Note> applied(
      String name, String key, MutationResult<Note> result, boolean replayed) {
    assertThat(result).isInstanceOf(MutationResult.Applied.class);
    MutationResult.Applied<Note> applied = (MutationResult.Applied<Note>) result;
    assertThat(applied.replayed()).isEqualTo(replayed);
    assertThat(notes(reference, name).get(key)).contains(applied.current());
    return applied.current();
  }

  private static void conflicted(MutationResult<Note> result, Versioned<Note> current) {
    assertThat(result).isInstanceOf(MutationResult.Conflicted.class);
    assertThat(((MutationResult.Conflicted<Note>) result).current()).isEqualTo(current);
  }
}
