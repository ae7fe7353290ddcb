/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.occ4j.testkit.Patience.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.Versioned;
import org.occ4j.mutex.Hold;
import org.occ4j.store.WriteResult;

/**
 * The database is killed while it is written to, again and again: what it acknowledged is there.
 * And it is made to forget what it acknowledged: no version is given twice.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class CrashContract {
  /** How often each database is killed; {@code .ci/crash-loop} asks for 100. */
  static final int ROUNDS = Integer.getInteger("occ.crash.rounds", 3);

  private static final int NO_LIMIT = Integer.MAX_VALUE;
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** A life of the database that is being written to. */
  interface Life {
    /** The writers' journal so far. */
    List<String> journal();

    /** Ends the life without a warning; the journal is complete then. */
    void kill() throws Exception;
  }

  /** Starts the database if it is down, and writers on it. */
  abstract Life begin(int round, int limit) throws Exception;

  /** Connections to the database, which is started if it is down. */
  abstract DataSource dataSource() throws Exception;

  /** Keeps a copy of the data as it is on disk. */
  abstract void copyData() throws Exception;

  /** Puts the copy in the place of the data. */
  abstract void bringBackCopy() throws Exception;

  @Test
  void kill_whileItIsWrittenTo_losesNothingThatWasAcknowledged() throws Exception {
    OccDatabase.builder(dataSource()).createSchema().open().close();
    CrashLedger ledger = new CrashLedger();
    Random random = new Random(1);
    for (int round = 0; round < ROUNDS; round++) {
      // At work, and after a rest: an idle database tidies up, and may be killed at that.
      boolean rests = round % 2 == 1;
      Life life = begin(round, rests ? 1 + random.nextInt(5) : NO_LIMIT);
      int enough = rests ? CrashWriter.THREADS : 1 + random.nextInt(100);
      String awaited = CrashWriter.LINE + (rests ? "idle" : "did");
      await().atMost(PATIENCE).until(() -> count(life, awaited) >= enough);
      if (rests) {
        LockSupport.parkNanos(random.nextInt(300) * 1_000_000L);
      }
      life.kill();
      ledger.read(life.journal());
      assertThat(ledger.faults()).as("after round %s", round).isEmpty();
    }
    Life last = begin(ROUNDS, 1);
    await().atMost(PATIENCE).until(() -> count(last, "idle") >= CrashWriter.THREADS);
    last.kill();
    ledger.read(last.journal());
    assertThat(ledger.faults()).isEmpty();
    System.out.printf("%d kills, %d acknowledged writes%n", ROUNDS + 1, ledger.writes());
  }

  private static long count(Life life, String what) {
    return life.journal().stream().filter(line -> line.contains(what)).count();
  }

  // ---- a database that forgets

  /** What was told of a key, and the tokens of a mutex. */
  private final List<Versioned<String>> told = new ArrayList<>();

  private final List<Long> tokens = new ArrayList<>();

  private void use(OccDatabase node, String phase) throws Exception {
    JdbcVersionedStore<String, String> store = store(node);
    for (int i = 0; i < 30; i++) {
      String content = phase + i;
      told.add(Objects.requireNonNull(store.put("a", content, Expected.any()).orThrow()));
      if (i % 7 == 3) {
        store.delete("a", Expected.present()).orThrow();
      }
      try (Hold<String> hold = node.mutex("crash").acquire("a")) {
        tokens.add(hold.fencingToken());
      }
    }
  }

  private static JdbcVersionedStore<String, String> store(OccDatabase node) {
    return node.store("forgetful", KeyCodec.strings(), Codec.strings());
  }

  @Test
  void data_broughtBack_givesNoVersionAndNoTokenTwice() throws Exception {
    try (OccDatabase before = OccDatabase.builder(dataSource()).createSchema().open()) {
      use(before, "kept");
    }
    copyData();
    Versioned<String> lost;
    try (OccDatabase before = OccDatabase.open(dataSource())) {
      use(before, "lost");
      lost = store(before).get("a").orElseThrow();
      store(before).put("new", "lost", Expected.absent()).orThrow();
    }
    Versioned<String> kept = told.get(29);
    bringBackCopy();
    try (OccDatabase after = OccDatabase.open(dataSource())) {
      JdbcVersionedStore<String, String> store = store(after);
      assertThat(store.get("a")).as("it has forgotten").contains(kept);
      assertThat(store.put("a", "unseen", Expected.version(lost.version())))
          .isEqualTo(new WriteResult.Conflict<>(Expected.version(lost.version()), kept));
      assertThat(store.get("new")).isEmpty();
      use(after, "after");
      for (Versioned<String> state : told.subList(30, 60)) {
        assertThat(store.put("a", "unseen", Expected.version(state.version())).isApplied())
            .isFalse();
      }
    }
    Set<Long> versions = new HashSet<>();
    told.forEach(state -> versions.add(state.version()));
    assertThat(versions).as("versions given before, and after").hasSize(told.size());
    assertThat(tokens).doesNotHaveDuplicates().isSorted();
  }
}
