/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.occ4j.testkit.Patience.await;

import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.LeaseLostException;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.idempotency.CrashPolicy;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.Outcome;
import org.occ4j.mutex.Hold;
import org.occ4j.mutex.LossReason;
import org.occ4j.testkit.EarlyEnd;
import org.occ4j.testkit.GaleraCluster;
import org.occ4j.testkit.RecordingFollower;
import org.occ4j.testkit.TestDatabase;
import org.occ4j.testkit.WireProxy;
import org.occ4j.testkit.WrongClock;

/**
 * The clock of one node of a cluster is an hour ahead of the others, or behind them: what holds all
 * the same, and what cannot, is exactly what is said here.
 */
@Tag(GaleraCluster.TAG)
@EnabledIfSystemProperty(named = "occ.faketime", matches = ".+")
class GaleraClockTest extends GaleraFixture {
  private static final String KEY = "task:42";
  private static final Duration HOUR = Duration.ofHours(1);

  /** So long that nothing is renewed while a test looks. */
  private static final Duration LEASE = Duration.ofSeconds(20);

  private static final Duration BRIEF = Duration.ofSeconds(1);
  private static final IdempotencyOptions<String> HOW =
      IdempotencyOptions.returning(Codec.strings());

  private WrongClock clock;

  /** At the node whose clock is wrong. */
  private OccDatabase wrong;

  private OccDatabase right;

  @BeforeAll
  void giveANodeAClock() {
    clock = WrongClock.of(cluster.node(0));
  }

  @AfterAll
  void takeItBack() {
    clock.close();
  }

  @BeforeEach
  void openNodes() {
    clock.set(Duration.ZERO);
    wrong = at(0);
    right = at(1);
  }

  /** An application node at a node of the cluster, by a wire. */
  private OccDatabase behind(WireProxy wire, TestDatabase reached) {
    OccDatabase node =
        OccDatabase.builder(reached.through(wire).dataSource())
            .housekeeping(Housekeeping.off())
            .open();
    opened.add(node);
    return node;
  }

  // Leases

  private static JdbcKeyedMutex<String> mutex(OccDatabase node, Duration lease) {
    return node.mutex("orders").lease(lease);
  }

  private static Hold<String> take(OccDatabase node, String key) throws Exception {
    return Objects.requireNonNull(mutex(node, LEASE).tryAcquire(key), key + " is held");
  }

  /** A node whose clock is ahead of the holder's lets others in beside it. */
  @ParameterizedTest
  @ValueSource(longs = {1, -1})
  void lease_askedForWhereTheClockIsAhead_isHandedOnBesideAHolderWhoIsToldAtTheNextRenewal(
      long hours) throws Exception {
    clock.set(HOUR.multipliedBy(hours));
    OccDatabase slow = hours > 0 ? right : wrong;
    OccDatabase fast = hours > 0 ? wrong : right;
    List<LossReason> heard = new CopyOnWriteArrayList<>();
    Hold<String> former = take(slow, KEY).onLost(heard::add);
    Hold<String> alone = take(slow, "nobody else asks for it");
    Hold<String> latter = take(fast, KEY);

    EarlyEnd.assertHandedOn(
        database, mutex(slow, LEASE), former, mutex(fast, LEASE), latter, heard);
    assertThat(alone.isValid()).as("renewed, since nobody asked").isTrue();
    assertThat(mutex(slow, LEASE).tryAcquire(KEY)).as("it is not let in the other way").isNull();
  }

  @Test
  void lease_grantedWhereTheClockIsAhead_ofADeadHolderLastsLongerElsewhere() throws Exception {
    clock.set(HOUR);
    Hold<String> living = take(wrong, "living");
    TestDatabase reached = cluster.through(0, database);
    try (WireProxy wire = WireProxy.before(reached)) {
      JdbcKeyedMutex<String> dying = mutex(behind(wire, reached), BRIEF);
      Hold<String> dead = Objects.requireNonNull(dying.tryAcquire(KEY));
      Objects.requireNonNull(dying.tryAcquire("other"));
      wire.cut();
      await().until(() -> !dead.isValid());

      JdbcKeyedMutex<String> mutex = mutex(right, BRIEF);
      assertThat(mutex.tryAcquire(KEY, BRIEF.multipliedBy(3))).isNull();
      assertThat(mutex.holders())
          .filteredOn(hold -> hold.key().equals(KEY))
          .singleElement()
          .satisfies(hold -> assertThat(hold.remaining()).isGreaterThan(HOUR.dividedBy(2)));
      assertThat(mutex.forceRelease(KEY)).as("an operator can free it").isTrue();
      assertThat(take(right, KEY).fencingToken()).isGreaterThan(dead.fencingToken());
      assertThat(take(wrong, "other")).as("there it has ended").isNotNull();
      wire.heal();
    }
    assertThat(living.isValid()).isTrue();
    living.close();
    assertThat(take(right, "living").fencingToken())
        .as("given back, so free at once")
        .isGreaterThan(living.fencingToken());
  }

  @Test
  void tokens_ofNodesWhoseClockGoesToAndFro_grow() throws Exception {
    List<OccDatabase> nodes = List.of(wrong, right, at(2));
    long last = 0;
    for (int minutes : new int[] {0, 60, -60, 0, -1, 1, -60, 60}) {
      clock.set(Duration.ofMinutes(minutes));
      for (OccDatabase node : nodes) {
        try (Hold<String> hold = mutex(node, LEASE).acquire(KEY)) {
          assertThat(hold.fencingToken()).as("%d minutes", minutes).isGreaterThan(last);
          last = hold.fencingToken();
        }
      }
    }
  }

  // Versions

  private static JdbcVersionedStore<String, String> store(OccDatabase node) {
    return node.store("test", KeyCodec.strings(), Codec.strings()).recordChanges(true);
  }

  /** A row's versions grow, and so do those of a key that the same application node has deleted. */
  @Test
  void version_ofNodesWhoseClocksDiffer_growsButForAKeyThatAnotherNodeHasDeleted()
      throws Exception {
    clock.set(HOUR);
    long first = store(wrong).put(KEY, "first", Expected.absent()).orThrow().version();
    long second = store(right).put(KEY, "second", Expected.version(first)).orThrow().version();
    assertThat(second).isEqualTo(first + 1);
    store(right).delete(KEY, Expected.version(second)).orThrow();
    long third = store(right).put(KEY, "third", Expected.absent()).orThrow().version();
    assertThat(third).isGreaterThan(second);

    store(right).delete(KEY, Expected.version(third)).orThrow();
    long elsewhere = store(at(2)).put(KEY, "fourth", Expected.absent()).orThrow().version();
    assertThat(elsewhere).as("by the clock, which is behind").isLessThan(first);
    assertThat(store(wrong).put(KEY, "unseen", Expected.version(third)).isApplied()).isFalse();
  }

  // Answers

  private static MutationId id() {
    return MutationId.parse(new Scope("t", "p", "put"), UUID.randomUUID().toString());
  }

  private static Outcome<String> run(
      OccDatabase node, MutationId id, IdempotencyOptions<String> how, String answer)
      throws Exception {
    return node.idempotency().executeInTransaction(id, how, (transaction, context) -> answer);
  }

  @Test
  void answer_purgedWhereTheClockIsAhead_isForgottenEarlyAndTheEffectIsDoneAgain()
      throws Exception {
    clock.set(HOUR);
    IdempotencyOptions<String> how = HOW.toBuilder().retention(HOUR.dividedBy(2)).build();
    MutationId id = id();
    assertThat(run(right, id, how, "first")).isEqualTo(new Outcome.Executed<>("first", 1));
    assertThat(run(at(2), id, how, "second")).isInstanceOf(Outcome.Replayed.class);
    assertThat(right.idempotency().purge(100).removed()).isZero();
    assertThat(wrong.idempotency().purge(100).removed()).isOne();
    assertThat(run(at(2), id, how, "third")).isEqualTo(new Outcome.Executed<>("third", 1));
  }

  /** A lease claims an effect that is done elsewhere, and the claim ends early. */
  @Test
  void claim_askedForWhereTheClockIsAhead_isTakenOverUnlessItIsOnHold() throws Exception {
    clock.set(HOUR);
    MutationId id = id();
    assertThatThrownBy(
            () ->
                right
                    .idempotency()
                    .execute(
                        id,
                        HOW,
                        context -> {
                          assertThat(wrong.idempotency().execute(id, HOW, second -> "second"))
                              .as("what does not hold: one effect outside the database")
                              .isEqualTo(new Outcome.Executed<>("second", 2));
                          return "first";
                        }))
        .isInstanceOf(LeaseLostException.class);
    assertThat(right.idempotency().execute(id, HOW, context -> "third"))
        .isInstanceOfSatisfying(
            Outcome.Replayed.class, replayed -> assertThat(replayed.value()).isEqualTo("second"));

    IdempotencyOptions<String> hold = HOW.toBuilder().onCrash(CrashPolicy.HOLD).build();
    MutationId held = id();
    Outcome<String> first =
        right
            .idempotency()
            .execute(
                held,
                hold,
                context -> {
                  assertThat(wrong.idempotency().execute(held, hold, second -> "second"))
                      .isInstanceOf(Outcome.Unresolved.class);
                  return "first";
                });
    assertThat(first).isEqualTo(new Outcome.Executed<>("first", 1));
  }

  // Changes

  /** They go early, and whoever has not read them is told so. */
  @Test
  void changes_purgedWhereTheClockIsAhead_areMissedAloud() throws Exception {
    clock.set(HOUR);
    RecordingFollower follower = new RecordingFollower();
    TestDatabase reached = cluster.through(2, database);
    try (WireProxy wire = WireProxy.before(reached)) {
      behind(wire, reached).changes().follow(follower);
      store(right).put("before", "v", Expected.any()).orThrow();
      await().until(() -> follower.keys().contains("before"));
      wire.cut();
      for (int i = 0; i < 4; i++) {
        store(right).put("cut" + i, "v", Expected.any()).orThrow();
      }
      assertThat(right.changes().purge(100)).isZero();
      assertThat(wrong.changes().purge(100)).isPositive();
      wire.heal();
      await().until(() -> follower.missed().size() == 1);
      store(right).put("after", "v", Expected.any()).orThrow();
      await().until(() -> follower.keys().contains("after"));
    }
  }

  @Test
  void changes_nodeThatBeginsWhereTheClockIsAhead_isToldOfWhatWasOpenThen() throws Exception {
    clock.set(HOUR);
    for (String key : List.of("open", "later", "after")) {
      store(right).put(key, "there", Expected.absent()).orThrow();
    }
    RecordingFollower begun = new RecordingFollower();
    try (Connection open = cluster.through(1, database).connect()) {
      open.setAutoCommit(false);
      store(right).joining(open).put("open", "v", Expected.present()).orThrow();
      store(right).put("later", "v", Expected.present()).orThrow();
      wrong.changes().follow(begun);
      open.commit();
    }
    store(right).put("after", "v", Expected.any()).orThrow();
    await().until(() -> begun.keys().contains("after"));
    assertThat(begun.keys()).contains("open");
    assertThat(begun.missed()).isEmpty();
  }

  @Test
  void changes_ofNodesWhoseClockGoesToAndFro_areAllToldEverywhere() throws Exception {
    List<OccDatabase> nodes = List.of(wrong, right, at(2));
    List<RecordingFollower> followers = new ArrayList<>();
    for (OccDatabase node : nodes) {
      followers.add(new RecordingFollower());
      node.changes().follow(followers.get(followers.size() - 1));
    }
    List<String> keys = new ArrayList<>();
    for (int minutes : new int[] {0, 60, -60, 0, -1, 1, -60, 60}) {
      clock.set(Duration.ofMinutes(minutes));
      for (OccDatabase node : nodes) {
        keys.add("at " + keys.size());
        store(node).put(keys.get(keys.size() - 1), "v", Expected.any()).orThrow();
      }
    }
    for (RecordingFollower follower : followers) {
      await().until(() -> follower.keys().size() >= keys.size());
      assertThat(follower.keys()).containsExactlyInAnyOrderElementsOf(keys);
      assertThat(follower.missed()).isEmpty();
    }
  }
}
