/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.sql.Connection;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.occ4j.Codec;
import org.occ4j.Fingerprint;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.idempotency.CrashPolicy;
import org.occ4j.idempotency.Effect;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.IdempotencyRegistry;
import org.occ4j.idempotency.Outcome;
import org.occ4j.testkit.CapturedLog;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

/**
 * What clients are expected to do is no warning; from INFO on. A mutation that waits for a person
 * is one, once.
 */
@ResourceLock(Resources.SYSTEM_ERR)
class ExpectedOutcomesLogTest {
  private static final IdempotencyOptions<String> HOW = payload(1);
  private static final Pattern REGISTRIES =
      Pattern.compile(
          "org\\.occ4j\\.(idempotency\\." + "|jdbc\\.internal\\.registry\\.|jdbc\\.Registry)");

  private final CapturedLog log = new CapturedLog();

  @AfterEach
  void endCapture() {
    log.close();
  }

  private static IdempotencyOptions<String> payload(int content) {
    return IdempotencyOptions.builder(Codec.strings())
        .fingerprint(Fingerprint.of(new byte[] {(byte) content}))
        .build();
  }

  private static MutationId id() {
    return new MutationId(new Scope("acme", "ada", "note.add"), UUID.randomUUID());
  }

  /** Replayed, refused for another payload and while under way, and released: quietly. */
  private static void sendAgain(IdempotencyRegistry registry, MutationId id) throws Exception {
    assertThatThrownBy(
            () ->
                registry.execute(
                    id,
                    HOW,
                    context -> {
                      throw new IOException("no");
                    }))
        .isInstanceOf(IOException.class);
    Effect<String> withADuplicateBeside =
        context -> {
          assertThat(beside(() -> registry.execute(id, HOW, again -> "beside")))
              .isInstanceOf(Outcome.Refused.class);
          return "done";
        };
    assertThat(registry.execute(id, HOW, withADuplicateBeside))
        .isInstanceOf(Outcome.Executed.class);
    assertThat(registry.execute(id, HOW, context -> "again")).isInstanceOf(Outcome.Replayed.class);
    assertThat(registry.execute(id, payload(2), context -> "other"))
        .isInstanceOf(Outcome.Refused.class);
  }

  /** On a thread of its own, as another request. */
  private static <T> T beside(Callable<T> call) throws Exception {
    FutureTask<T> task = new FutureTask<>(call);
    new Thread(task).start();
    return task.get(60, SECONDS);
  }

  @Test
  void duplicatesInMemory_areNoWarning() throws Exception {
    sendAgain(IdempotencyRegistry.inMemory(), id());
    assertThat(logged()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("engines")
  void duplicatesOverJdbc_areNoWarning(Engine engine) throws Exception {
    TestDatabase database = engine.server().newDatabase();
    try (OccDatabase node = OccDatabase.builder(database.dataSource()).createSchema().open();
        OccDatabase other = OccDatabase.open(database.dataSource());
        Connection caller = database.connect()) {
      log.clear(); // Opening is worth a line.
      MutationId id = id();
      sendAgain(node.idempotency(), id);
      assertThat(node.idempotency().executeInTransaction(id, HOW, (t, context) -> "again"))
          .isInstanceOf(Outcome.Replayed.class);
      caller.setAutoCommit(false);
      assertThat(node.idempotency().joinTransaction(caller, id, HOW, (t, context) -> "again"))
          .isInstanceOf(Outcome.Replayed.class);
      caller.rollback();
      beside(node.idempotency(), other.idempotency());
      assertThat(logged()).isEmpty();
      unresolved(node.idempotency(), other.idempotency(), database);
      assertThat(logged()).singleElement().asString().contains("is unresolved since");
    }
  }

  static Stream<Engine> engines() {
    return Stream.of(Engine.H2);
  }

  /** Two nodes at one mutation. */
  private static void beside(JdbcIdempotencyRegistry here, JdbcIdempotencyRegistry there)
      throws Exception {
    MutationId id = id();
    here.execute(
        id,
        HOW,
        context -> {
          assertThat(there.executeInTransaction(id, HOW, (t, c) -> "beside"))
              .isInstanceOf(Outcome.Refused.class);
          return "done";
        });
  }

  /** A lease that ran out under an attempt that must not be repeated. */
  private static void unresolved(
      JdbcIdempotencyRegistry here, JdbcIdempotencyRegistry there, TestDatabase database)
      throws Exception {
    MutationId id = id();
    IdempotencyOptions<String> held = HOW.toBuilder().onCrash(CrashPolicy.HOLD).build();
    here.execute(
        id,
        held,
        context -> {
          database.execute("UPDATE occ_mutation SET lease_until = 1 WHERE state = 1");
          assertThat(there.execute(id, held, c -> "twice")).isInstanceOf(Outcome.Unresolved.class);
          return "late";
        });
  }

  /** What the registries said; threads of other tests may have something to say too. */
  private Stream<String> logged() {
    return log.lines().filter(line -> REGISTRIES.matcher(line).find());
  }
}
