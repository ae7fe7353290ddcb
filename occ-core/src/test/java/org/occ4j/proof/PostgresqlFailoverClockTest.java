/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.occ4j.testkit.Patience.await;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.Outcome;
import org.occ4j.jdbc.Housekeeping;
import org.occ4j.jdbc.JdbcKeyedMutex;
import org.occ4j.jdbc.JdbcVersionedStore;
import org.occ4j.jdbc.OccDatabase;
import org.occ4j.mutex.Hold;
import org.occ4j.mutex.LossReason;
import org.occ4j.testkit.DelegatingDataSource;
import org.occ4j.testkit.EarlyEnd;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.RecordingFollower;
import org.occ4j.testkit.WrongClock;

/**
 * A standby whose clock is an hour ahead of the primary's, or an hour behind it, takes over. With
 * synchronous replication nothing is lost, so what does not hold is the clocks' doing, and is
 * exactly what is said here. {@code .ci/prove} runs it.
 */
@Tag(Engine.POSTGRESQL_TAG)
@EnabledIfSystemProperty(named = "occ.faketime", matches = ".+")
class PostgresqlFailoverClockTest extends PostgresqlPair {
  private static final Duration HOUR = Duration.ofHours(1);

  /** So long that nothing is renewed while the standby takes over. */
  private static final Duration LEASE = Duration.ofSeconds(60);

  private static final Duration BRIEF = Duration.ofSeconds(1);
  private static final IdempotencyOptions<String> HALF_AN_HOUR =
      IdempotencyOptions.returning(Codec.strings()).toBuilder()
          .retention(HOUR.dividedBy(2))
          .build();

  private final List<OccDatabase> opened = new ArrayList<>();
  private final AtomicBoolean cut = new AtomicBoolean();
  private WrongClock clock;
  private OccDatabase one;
  private OccDatabase two;

  @BeforeEach
  void openDatabases() throws SQLException {
    clock = WrongClock.of(standby);
    replicateSynchronously();
    one = open(whoeverIsPrimary());
    two = open(whoeverIsPrimary());
  }

  private OccDatabase open(DataSource reached) {
    OccDatabase node = OccDatabase.builder(reached).housekeeping(Housekeeping.off()).open();
    opened.add(node);
    return node;
  }

  @AfterEach
  void closeDatabases() {
    opened.forEach(OccDatabase::close);
    clock.close();
  }

  /** A node whose connections can be cut. */
  private OccDatabase openFragile() {
    return open(
        new DelegatingDataSource(whoeverIsPrimary()) {
          @Override
          public Connection getConnection() throws SQLException {
            if (cut.get()) {
              throw new SQLException("cut off", "08001");
            }
            return super.getConnection();
          }
        });
  }

  private static JdbcKeyedMutex<String> mutex(OccDatabase node, Duration lease) {
    return node.mutex("orders").lease(lease);
  }

  private static Hold<String> take(JdbcKeyedMutex<String> mutex, String key) throws Exception {
    return Objects.requireNonNull(mutex.tryAcquire(key), key + " is held");
  }

  private static JdbcVersionedStore<String, String> store(OccDatabase node) {
    return node.store("test", KeyCodec.strings(), Codec.strings()).recordChanges(true);
  }

  private static MutationId id() {
    return MutationId.parse(new Scope("t", "p", "put"), UUID.randomUUID().toString());
  }

  private static Outcome<String> run(OccDatabase node, MutationId id, String answer)
      throws Exception {
    return node.idempotency()
        .executeInTransaction(id, HALF_AN_HOUR, (transaction, context) -> answer);
  }

  /** The judges know of the step, and excuse what it does to leases and versions, no more. */
  @ParameterizedTest
  @ValueSource(ints = {60, -60})
  void history_standbyWithAWrongClockTakesOver_hasEveryJudge(int minutes) throws Exception {
    Duration ahead = Duration.ofMinutes(minutes);
    clock.set(ahead);
    openNodes();
    workWhile(
        () -> {
          long begun = System.nanoTime();
          failOver();
          history.add(new ClockStep(begun, System.nanoTime(), ahead.toNanos()));
        });
    assertThat(wrong(Judgement.of(history))).isEmpty();
  }

  /** Two holds are valid until the former holder renews; the guard refuses it at once. */
  @Test
  void lease_standbyIsAhead_isHandedOnBesideAHolderWhoIsToldAtTheNextRenewal() throws Exception {
    clock.set(HOUR);
    List<LossReason> heard = new CopyOnWriteArrayList<>();
    Hold<String> former = take(mutex(one, LEASE), KEY).onLost(heard::add);
    Hold<String> alone = take(mutex(one, LEASE), "nobody else asks for it");
    failOver();
    Hold<String> latter = take(mutex(two, LEASE), KEY);
    EarlyEnd.assertHandedOn(taken, mutex(one, LEASE), former, mutex(two, LEASE), latter, heard);
    assertThat(alone.isValid()).as("renewed, since nobody asked").isTrue();
  }

  /** Answers and changes end early; versions go on, also of keys that others have deleted. */
  @Test
  void retention_standbyIsAhead_endsEarlyAndVersionsGrow() throws Exception {
    clock.set(HOUR);
    RecordingFollower follower = new RecordingFollower();
    one.changes().follow(follower);
    long first = store(one).put(KEY, "first", Expected.absent()).orThrow().version();
    long gone = store(two).put("gone", "first", Expected.absent()).orThrow().version();
    store(two).delete("gone", Expected.version(gone)).orThrow();
    MutationId id = id();
    assertThat(run(one, id, "first")).isEqualTo(new Outcome.Executed<>("first", 1));
    await().until(() -> follower.keys().size() == 3);
    failOver();

    assertThat(store(two).put(KEY, "second", Expected.version(first)).orThrow().version())
        .isGreaterThan(first + HOUR.minusMinutes(1).toNanos() / 1_000);
    assertThat(store(one).put("gone", "second", Expected.absent()).orThrow().version())
        .isGreaterThan(gone);
    assertThat(two.idempotency().purge(100).removed()).as("answers of before").isOne();
    assertThat(run(two, id, "second"))
        .as("what does not hold: the effect is done again within its retention")
        .isEqualTo(new Outcome.Executed<>("second", 1));
    await().until(() -> follower.keys().size() == 5);
    assertThat(follower.missed()).isEmpty();
    assertThat(two.changes().purge(100)).as("changes of before").isPositive();
    store(two).put(KEY, "third", Expected.any()).orThrow();
    await().until(() -> follower.keys().size() == 6);
    assertThat(follower.missed()).as("it had read what was purged").isEmpty();
  }

  /** A lease that nobody renews lasts until the clock of the standby is there. */
  @Test
  void lease_standbyIsBehind_ofADeadHolderLastsUntilTheClockIsThere() throws Exception {
    clock.set(HOUR.negated());
    Hold<String> living = take(mutex(two, BRIEF.multipliedBy(20)), "living");
    Hold<String> dead = take(mutex(openFragile(), BRIEF), KEY);
    cut.set(true);
    failOver();
    await().until(() -> !dead.isValid());

    JdbcKeyedMutex<String> mutex = mutex(one, BRIEF);
    assertThat(mutex.tryAcquire(KEY, BRIEF.multipliedBy(3))).isNull();
    assertThat(mutex.holders())
        .filteredOn(hold -> hold.key().equals(KEY))
        .singleElement()
        .satisfies(hold -> assertThat(hold.remaining()).isGreaterThan(HOUR.dividedBy(2)));
    assertThat(living.isValid()).isTrue();
    living.close();
    assertThat(take(mutex, "living").fencingToken())
        .as("given back, so free at once")
        .isGreaterThan(living.fencingToken());
    assertThat(mutex.forceRelease(KEY)).as("an operator can free it").isTrue();
    assertThat(take(mutex, KEY).fencingToken()).isGreaterThan(dead.fencingToken());
  }

  /** Answers and changes are kept; a key that another node has deleted falls behind. */
  @Test
  void version_standbyIsBehind_growsButForAKeyThatAnotherNodeHasDeleted() throws Exception {
    clock.set(HOUR.negated());
    RecordingFollower follower = new RecordingFollower();
    one.changes().follow(follower);
    long first = store(one).put(KEY, "first", Expected.absent()).orThrow().version();
    for (String gone : List.of("here", "there")) {
      long version = store(one).put(gone, "first", Expected.absent()).orThrow().version();
      store(one).delete(gone, Expected.version(version)).orThrow();
    }
    MutationId id = id();
    assertThat(run(one, id, "first")).isEqualTo(new Outcome.Executed<>("first", 1));
    failOver();

    assertThat(store(two).put(KEY, "second", Expected.version(first)).orThrow().version())
        .isEqualTo(first + 1);
    assertThat(store(one).put("here", "second", Expected.absent()).orThrow().version())
        .as("above what this node has deleted")
        .isGreaterThan(first);
    assertThat(store(two).put("there", "second", Expected.absent()).orThrow().version())
        .as("what does not hold: by the clock, which is behind")
        .isLessThan(first);
    assertThat(run(two, id, "second")).isInstanceOf(Outcome.Replayed.class);
    assertThat(two.idempotency().purge(100).removed()).isZero();
    assertThat(two.changes().purge(100)).isZero();
    await().until(() -> follower.keys().size() == 8);
    assertThat(follower.keys())
        .containsExactly(KEY, "here", "here", "there", "there", KEY, "here", "there");
    assertThat(follower.missed()).isEmpty();
  }

  /** Commits are lost, and the clock does not make up for them. */
  @Test
  void loss_standbyIsBehind_tokensFallAndVersionsAreStillNotGivenAgain() throws Exception {
    clock.set(HOUR.negated());
    long kept = store(one).put(KEY, "kept", Expected.absent()).orThrow().version();
    try (Hold<String> hold = take(mutex(one, LEASE), KEY)) {
      assertThat(hold.fencingToken()).isPositive();
    }
    replicateAsynchronously();
    standby.kill();
    long lost = store(one).put(KEY, "lost", Expected.version(kept)).orThrow().version();
    long lostToken;
    try (Hold<String> hold = take(mutex(one, LEASE), KEY)) {
      lostToken = hold.fencingToken();
    }
    primary.kill();
    standby.restart();
    promote();

    assertThat(store(two).put(KEY, "other", Expected.version(lost)).isApplied()).isFalse();
    assertThat(store(two).put(KEY, "next", Expected.version(kept)).orThrow().version())
        .as("below the lost one, by one at a time")
        .isEqualTo(kept + 1);
    assertThat(take(mutex(two, LEASE), KEY).fencingToken())
        .as("what does not hold: a token above each that was given")
        .isLessThan(lostToken);
  }
}
