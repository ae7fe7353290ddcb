/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.occ4j.testkit.Patience.await;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.StoreUnavailableException;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationPipeline;
import org.occ4j.mutex.Hold;
import org.occ4j.mutex.KeyedMutex;
import org.occ4j.testkit.CapturedLog;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.Running;
import org.occ4j.testkit.TestDatabase;

/** One line for each event that docs/operations.md promises, at its level. */
@ResourceLock(Resources.SYSTEM_ERR)
class OperationsLogTest {
  private static final IdempotencyOptions<String> HOW =
      IdempotencyOptions.returning(Codec.strings());

  private TestDatabase database;
  private HikariDataSource pool;
  private SwitchedDataSource switched;
  private CapturedLog log;

  @BeforeEach
  void open() {
    database = Engine.H2_MEMORY.server().newDatabase();
    pool = database.pool(3);
    switched = new SwitchedDataSource(pool);
    log = new CapturedLog();
  }

  @AfterEach
  void close() {
    log.close();
    pool.close();
  }

  private static MutationId id() {
    return new MutationId(new Scope("acme", "ada", "note.add"), UUID.randomUUID());
  }

  private OccDatabase node() {
    return OccDatabase.builder(switched).createSchema().pollInterval(Duration.ofMillis(20)).open();
  }

  private void assertOnce(String level, String logger, String... words) {
    assertThat(
            log.lines()
                .filter(line -> line.contains(level + " org.occ4j." + logger + " - "))
                .filter(line -> Arrays.stream(words).allMatch(line::contains)))
        .as("%s of %s with %s", level, logger, String.join(" ", words))
        .hasSize(1);
  }

  @Test
  void openAndClose_areInfo_andTablesOnlyWhenTheyWereMade() {
    OccDatabase first = node();
    first.close();
    first.close();
    assertOnce("INFO", "jdbc.OccDatabase", "made the tables");
    assertOnce("INFO", "jdbc.OccDatabase", "opened H2", "as node");
    assertOnce("INFO", "jdbc.OccDatabase", "closed node");
    log.clear();
    node().close();
    assertThat(log.lines()).noneMatch(line -> line.contains("made the tables"));
  }

  @Test
  void housekeeping_isInfoWhenItRemovedSomething_andQuietOtherwise() throws Exception {
    try (OccDatabase node = node()) {
      node.housekeeper().run();
      assertThat(log.lines()).noneMatch(line -> line.contains("housekeeping"));
    }
    try (OccDatabase node = node()) {
      node.idempotency().execute(id(), HOW, context -> "x");
      database.execute("UPDATE occ_mutation SET purge_after = 1", "DELETE FROM occ_mutex");
      node.housekeeper().run();
      assertOnce("INFO", "jdbc.Housekeeping", "removed 1 answers, 0 changes and 0 idle locks in");
    }
  }

  @Test
  void turnsThatDoNotCome_areOneWarningAMinute_inMemoryToo() throws Exception {
    try (OccDatabase node = node()) {
      KeyedMutex<String> turns = KeyedMutex.inMemory();
      JdbcVersionedStore<String, String> tasks =
          node.store("task", KeyCodec.strings(), Codec.strings());
      assertWarnsOnce(
          node.pipeline(tasks, Codec.strings()).mutex(turns).turnTimeout(Duration.ZERO).build(),
          turns);
      log.clear();
      assertWarnsOnce(
          MutationPipeline.<String, String>inMemory(tasks)
              .mutex(turns)
              .turnTimeout(Duration.ZERO)
              .build(),
          turns);
    }
  }

  private void assertWarnsOnce(MutationPipeline<String, String> pipeline, KeyedMutex<String> turns)
      throws Exception {
    try (Hold<String> busy = turns.acquire("task:42")) {
      for (int i = 0; i < 3; i++) {
        Mutation<String, String> put =
            Mutation.of(id(), "42", Expected.any(), Edit.set("x")).build();
        // By another thread: the key may be entered again by the one that has it.
        assertThatThrownBy(() -> Running.start(() -> pipeline.apply(put)).result())
            .isInstanceOf(StoreUnavailableException.class);
      }
    }
    assertOnce("WARN", "mutation.MutationPipeline", "the turn of task:42 did not come in time");
  }

  @Test
  void unresolved_isOneWarning() throws Exception {
    try (OccDatabase node = node()) {
      MutationId id = id();
      node.idempotency().execute(id, HOW, context -> "x");
      database.execute(
          "UPDATE occ_mutation SET state = 1, external_call = TRUE, lease_until = 1,"
              + " completed_at = NULL");
      node.idempotency().execute(id, HOW, context -> "x");
      node.idempotency().execute(id, HOW, context -> "x");
      assertOnce(
          "WARN",
          "jdbc.internal.registry.UnresolvedMutations",
          "note.add " + id.clientMutationId() + " is unresolved since");
      assertThat(node.stats().registry().unresolved()).isEqualTo(2);
    }
  }

  @Test
  void feedOutOfReach_isOneWarningAndOneInfoWhenItIsBack() {
    try (OccDatabase node = node()) {
      node.changes().follow(change -> {});
      switched.off();
      await().until(() -> node.stats().changes().failedPolls() >= 3);
      switched.on();
      await().until(() -> log.lines().anyMatch(line -> line.contains("being read again")));
      assertOnce("WARN", "jdbc.internal.change.ChangePoller", "the change log cannot be read");
      assertOnce("INFO", "jdbc.internal.change.ChangePoller", "the change log is being read again");
    }
  }

  /** What the page names as a logger is one. */
  @Test
  void page_namesLoggersThatAreThere() throws Exception {
    String page = Files.readString(Path.of("../docs/operations.md"));
    Matcher logger = Pattern.compile("\\| `(org\\.occ4j\\.[A-Za-z.]+)` \\|").matcher(page);
    int found = 0;
    while (logger.find()) {
      assertThat(Class.forName(logger.group(1))).isNotNull();
      found++;
    }
    assertThat(found).isGreaterThanOrEqualTo(10);
  }
}
