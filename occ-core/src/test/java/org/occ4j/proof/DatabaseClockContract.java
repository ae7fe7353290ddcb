/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.LeaseLostException;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.idempotency.CrashPolicy;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.Outcome;
import org.occ4j.jdbc.Housekeeping;
import org.occ4j.jdbc.JdbcKeyedMutex;
import org.occ4j.jdbc.JdbcVersionedStore;
import org.occ4j.jdbc.OccDatabase;
import org.occ4j.mutex.Hold;
import org.occ4j.mutex.LossReason;
import org.occ4j.testkit.DatabaseProcess;
import org.occ4j.testkit.EarlyEnd;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.RecordingFollower;
import org.occ4j.testkit.TestDatabase;
import org.occ4j.testkit.WireProxy;
import org.occ4j.testkit.WrongClock;

/**
 * The clock of the database leaps an hour ahead, is set back by an hour, or stands still: what
 * holds all the same, and what cannot, is exactly what is said here. {@code .ci/prove} runs it.
 */
@Timeout(300)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class DatabaseClockContract {
  static final String KEY = "task:42";
  private static final Duration HOUR = Duration.ofHours(1);

  /** So long that nothing is renewed while a test looks. */
  private static final Duration LEASE = Duration.ofSeconds(20);

  private static final Duration BRIEF = Duration.ofSeconds(1);
  private static final Duration PATIENT = Duration.ofSeconds(60);
  private static final IdempotencyOptions<String> HOW =
      IdempotencyOptions.returning(Codec.strings());

  private final Engine engine;
  private final List<OccDatabase> opened = new ArrayList<>();
  private DatabaseProcess server;
  WrongClock clock;
  private TestDatabase database;
  private WireProxy wire;
  OccDatabase one;
  OccDatabase two;

  DatabaseClockContract(Engine engine) {
    this.engine = engine;
  }

  @BeforeAll
  void startServer() {
    server = engine.startProcess();
    clock = WrongClock.of(server);
  }

  @AfterAll
  void stopServer() {
    clock.close();
    server.close();
  }

  /** The first of two nodes is behind a wire. */
  @BeforeEach
  void openNodes() throws Exception {
    clock.set(Duration.ZERO);
    database = server.newDatabase();
    OccDatabase.builder(database.dataSource()).createSchema().open().close();
    wire = WireProxy.before(database);
    one = open(database.through(wire));
    two = open(database);
  }

  private OccDatabase open(TestDatabase reached) {
    OccDatabase node =
        OccDatabase.builder(reached.dataSource()).housekeeping(Housekeeping.off()).open();
    opened.add(node);
    return node;
  }

  @AfterEach
  void closeNodes() {
    wire.heal();
    opened.forEach(OccDatabase::close);
    opened.clear();
    wire.close();
  }

  // Leases

  private static JdbcKeyedMutex<String> mutex(OccDatabase node, Duration lease) {
    return node.mutex("orders").lease(lease);
  }

  private static Hold<String> take(JdbcKeyedMutex<String> mutex, String key) throws Exception {
    return Objects.requireNonNull(mutex.tryAcquire(key), key + " is held");
  }

  /** A lease ends early, and its holder cannot know: two holds are valid until it renews. */
  @Test
  void lease_clockLeapsAhead_isHandedOnBesideAHolderWhoIsToldAtTheNextRenewal() throws Exception {
    List<LossReason> heard = new CopyOnWriteArrayList<>();
    Hold<String> former = take(mutex(one, LEASE), KEY).onLost(heard::add);
    Hold<String> alone = take(mutex(one, LEASE), "nobody else asks for it");
    clock.set(HOUR);
    Hold<String> latter = take(mutex(two, LEASE), KEY);

    EarlyEnd.assertHandedOn(database, mutex(one, LEASE), former, mutex(two, LEASE), latter, heard);
    assertThat(alone.isValid()).as("renewed, since nobody asked").isTrue();
    assertThat(mutex(two, LEASE).tryAcquire("nobody else asks for it")).isNull();
  }

  /** Exclusion holds. A lease that nobody renews lasts until the clock is there again. */
  @Test
  void lease_clockIsSetBack_ofADeadHolderLastsUntilTheClockIsThereAgain() throws Exception {
    Hold<String> living = take(mutex(two, BRIEF), "living");
    Hold<String> dead = take(mutex(one, BRIEF), KEY);
    take(mutex(one, BRIEF), "other");
    clock.set(HOUR.negated());
    wire.cut();
    await().until(() -> !dead.isValid());

    JdbcKeyedMutex<String> mutex = mutex(two, BRIEF);
    assertThat(mutex.tryAcquire(KEY, BRIEF.multipliedBy(3))).isNull();
    assertThat(mutex.holders())
        .filteredOn(hold -> hold.key().equals(KEY))
        .singleElement()
        .satisfies(hold -> assertThat(hold.remaining()).isGreaterThan(HOUR.dividedBy(2)));
    assertThat(living.isValid()).isTrue();
    living.close();
    assertThat(take(mutex(two, BRIEF), "living").fencingToken())
        .as("given back, so free at once")
        .isGreaterThan(living.fencingToken());

    assertThat(mutex.forceRelease(KEY)).as("an operator can free it").isTrue();
    assertThat(take(mutex, KEY).fencingToken()).isGreaterThan(dead.fencingToken());
    clock.set(Duration.ZERO);
    assertThat(mutex.tryAcquire("other", PATIENT)).isNotNull();
  }

  @Test
  void tokens_clockGoesToAndFro_grow() throws Exception {
    long last = 0;
    for (int minutes : new int[] {0, 60, -60, 0, -1, 1, -60, 60}) {
      clock.set(Duration.ofMinutes(minutes));
      for (OccDatabase node : List.of(one, two)) {
        try (Hold<String> hold = mutex(node, LEASE).acquire(KEY)) {
          assertThat(hold.fencingToken()).as("%d minutes", minutes).isGreaterThan(last);
          last = hold.fencingToken();
        }
      }
    }
  }

  // Versions

  static JdbcVersionedStore<String, String> store(OccDatabase node) {
    return node.store("test", KeyCodec.strings(), Codec.strings()).recordChanges(true);
  }

  /** A row's versions grow, and so do those of a key that this node has deleted. */
  @Test
  void version_clockIsSetBack_growsButForAKeyThatAnotherNodeHasDeleted() throws Exception {
    long first = store(one).put(KEY, "first", Expected.absent()).orThrow().version();
    clock.set(HOUR.negated());
    long second = store(two).put(KEY, "second", Expected.version(first)).orThrow().version();
    assertThat(second).isEqualTo(first + 1);
    store(two).delete(KEY, Expected.version(second)).orThrow();
    long third = store(two).put(KEY, "third", Expected.absent()).orThrow().version();
    assertThat(third).isGreaterThan(second);

    store(two).delete(KEY, Expected.version(third)).orThrow();
    long elsewhere = store(one).put(KEY, "fourth", Expected.absent()).orThrow().version();
    assertThat(elsewhere).as("by the clock, which is behind").isLessThan(first);
    assertThat(store(one).put(KEY, "unseen", Expected.version(third)).isApplied()).isFalse();
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

  /** An answer is kept by the database's clock, and is over when that says so. */
  @Test
  void answer_clockLeapsPastItsRetention_isForgottenAndTheEffectIsDoneAgain() throws Exception {
    IdempotencyOptions<String> how = HOW.toBuilder().retention(HOUR.dividedBy(2)).build();
    MutationId id = id();
    assertThat(run(one, id, how, "first")).isEqualTo(new Outcome.Executed<>("first", 1));
    clock.set(HOUR.negated());
    assertThat(two.idempotency().purge(100).removed()).isZero();
    assertThat(run(two, id, how, "second")).isInstanceOf(Outcome.Replayed.class);
    clock.set(HOUR);
    assertThat(two.idempotency().purge(100).removed()).isOne();
    assertThat(run(two, id, how, "third")).isEqualTo(new Outcome.Executed<>("third", 1));
  }

  /** A lease claims an effect that is done elsewhere, and the claim ends early. */
  @Test
  void claim_clockLeapsAhead_isTakenOverUnlessItIsOnHold() throws Exception {
    MutationId id = id();
    assertThatThrownBy(
            () ->
                one.idempotency()
                    .execute(
                        id,
                        HOW,
                        context -> {
                          clock.set(HOUR);
                          assertThat(two.idempotency().execute(id, HOW, second -> "second"))
                              .as("what does not hold: one effect outside the database")
                              .isEqualTo(new Outcome.Executed<>("second", 2));
                          return "first";
                        }))
        .isInstanceOf(LeaseLostException.class);
    assertThat(one.idempotency().execute(id, HOW, context -> "third"))
        .isInstanceOfSatisfying(
            Outcome.Replayed.class, replayed -> assertThat(replayed.value()).isEqualTo("second"));

    IdempotencyOptions<String> hold = HOW.toBuilder().onCrash(CrashPolicy.HOLD).build();
    MutationId held = id();
    Outcome<String> first =
        one.idempotency()
            .execute(
                held,
                hold,
                context -> {
                  clock.set(HOUR.multipliedBy(2));
                  assertThat(two.idempotency().execute(held, hold, second -> "second"))
                      .isInstanceOf(Outcome.Unresolved.class);
                  return "first";
                });
    assertThat(first).isEqualTo(new Outcome.Executed<>("first", 1));
  }

  // Changes

  /** They go early, and whoever has not read them is told so. */
  @Test
  void changes_clockLeapsPastTheirRetention_areMissedAloud() throws Exception {
    RecordingFollower follower = new RecordingFollower();
    one.changes().follow(follower);
    store(two).put("before", "v", Expected.any()).orThrow();
    await().until(() -> follower.keys().contains("before"));
    wire.cut();
    for (int i = 0; i < 4; i++) {
      store(two).put("cut" + i, "v", Expected.any()).orThrow();
    }
    clock.set(HOUR);
    assertThat(two.changes().purge(100)).isPositive();
    wire.heal();
    await().until(() -> follower.missed().size() == 1);
    store(two).put("after", "v", Expected.any()).orThrow();
    await().until(() -> follower.keys().contains("after"));
  }

  @Test
  void changes_clockLeapsWhileATransactionIsOpen_nodeThatBeginsThenIsToldOfItsChange()
      throws Exception {
    for (String key : List.of("open", "later", "after")) {
      store(two).put(key, "there", Expected.absent()).orThrow(); // new rows would wait for gaps
    }
    RecordingFollower early = new RecordingFollower();
    RecordingFollower begun = new RecordingFollower();
    one.changes().follow(early);
    try (Connection open = database.connect()) {
      open.setAutoCommit(false);
      store(two).joining(open).put("open", "v", Expected.present()).orThrow();
      store(two).put("later", "v", Expected.present()).orThrow();
      clock.set(HOUR);
      open(database).changes().follow(begun);
      open.commit();
    }
    store(two).put("after", "v", Expected.any()).orThrow();
    await().until(() -> early.keys().contains("after") && begun.keys().contains("after"));
    assertThat(early.keys()).contains("open", "later");
    assertThat(begun.keys()).contains("open");
    assertThat(begun.missed()).isEmpty();
  }

  @Test
  void changes_clockGoesToAndFro_areAllTold() throws Exception {
    RecordingFollower follower = new RecordingFollower();
    one.changes().follow(follower);
    List<String> keys = new ArrayList<>();
    for (int minutes : new int[] {0, 60, -60, 0, -1, 1, -60, 60}) {
      clock.set(Duration.ofMinutes(minutes));
      keys.add("at " + keys.size());
      store(two).put(keys.get(keys.size() - 1), "v", Expected.any()).orThrow();
    }
    await().until(() -> follower.keys().size() >= keys.size());
    assertThat(follower.keys()).isEqualTo(keys);
    assertThat(follower.missed()).isEmpty();
  }
}
