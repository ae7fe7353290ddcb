/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.occ4j.testkit.Patience.await;

import com.zaxxer.hikari.HikariDataSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.occ4j.OccException;
import org.occ4j.mutex.Hold;
import org.occ4j.mutex.LossReason;
import org.occ4j.testkit.DatabaseProcess;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.PlannedFault;
import org.occ4j.testkit.Running;
import org.occ4j.testkit.TestDatabase;
import org.occ4j.testkit.TimeSensitive;
import org.occ4j.testkit.WireProxy;

/** A real server that is killed and paused, and a network that loses things. */
@TimeSensitive
@Timeout(300)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class LeaseFaultsContract {
  private static final String KEY = "task:42";
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Duration BRIEF = Duration.ofSeconds(3);

  private final Engine engine;
  private final List<AutoCloseable> opened = new ArrayList<>();
  private DatabaseProcess server;
  private TestDatabase direct;
  private WireProxy proxy;
  private HikariDataSource pool;
  private JdbcKeyedMutex<String> mutex;
  private JdbcKeyedMutex<String> other;

  LeaseFaultsContract(Engine engine) {
    this.engine = engine;
  }

  @BeforeAll
  void start() {
    server = engine.startProcess();
  }

  @AfterAll
  void stop() {
    server.close();
  }

  @BeforeEach
  void open() {
    direct = server.newDatabase();
    proxy = WireProxy.before(direct);
    OccDatabase.builder(direct.dataSource()).createSchema().open().close();
    pool = direct.through(proxy).silentPool(3);
    mutex = open(pool);
    other = open(direct.pool(3));
  }

  private JdbcKeyedMutex<String> open(HikariDataSource way) {
    way.setConnectionTimeout(1_000);
    OccDatabase database = OccDatabase.open(way);
    opened.add(0, way);
    opened.add(0, database);
    return database.mutex("orders");
  }

  @AfterEach
  void closeAll() throws Exception {
    proxy.heal();
    for (AutoCloseable one : opened) {
      one.close();
    }
    opened.clear();
    proxy.close();
  }

  // Answers and requests lost

  private static boolean isOfMutex(String sql) {
    return sql.contains("mutex");
  }

  @Test
  void acquire_answerLost_recognisesItsOwnRow() throws Exception {
    for (int i = 0; i < 2; i++) { // a new row, then one that is there
      PlannedFault lost = proxy.dropAnswerTo(LeaseFaultsContract::isOfMutex);
      Hold<String> hold = mutex.acquire(KEY, LONG);
      assertThat(lost.happened()).isTrue();
      assertThat(hold.isValid()).isTrue();
      assertThat(other.tryAcquire(KEY)).isNull();
      hold.close();
      assertThat(other.holders()).isEmpty();
    }
  }

  @Test
  void tryAcquire_answerLost_isNotReportedAsHeld() throws Exception {
    PlannedFault lost = proxy.dropAnswerTo(LeaseFaultsContract::isOfMutex);
    try (Hold<String> hold = mutex.tryAcquire(KEY)) {
      assertThat(lost.happened()).isTrue();
      assertThat(hold).isNotNull();
    }
  }

  @Test
  void acquire_requestLost_triesAgain() throws Exception {
    PlannedFault lost = proxy.dropRequest(LeaseFaultsContract::isOfMutex);
    mutex.acquire(KEY, LONG).close();
    assertThat(lost.happened()).isTrue();
    assertThat(other.holders()).isEmpty();
  }

  @Test
  void acquireAll_answerLost_recognisesItsOwnRows() throws Exception {
    PlannedFault lost = proxy.dropAnswerTo(LeaseFaultsContract::isOfMutex);
    mutex.acquireAll(List.of("a", "b"), LONG).close();
    assertThat(lost.happened()).isTrue();
    assertThat(other.holders()).isEmpty();
  }

  @Test
  void close_answerOrRequestLost_isReleasedInTheBackground() throws Exception {
    Hold<String> first = mutex.acquire(KEY);
    PlannedFault lost = proxy.dropAnswerTo(LeaseFaultsContract::isOfMutex);
    first.close();
    assertThat(lost.happened()).isTrue();
    Hold<String> second = other.acquire(KEY, LONG);
    second.close();

    Hold<String> third = mutex.acquire(KEY);
    PlannedFault dropped = proxy.dropRequest(LeaseFaultsContract::isOfMutex);
    third.close();
    assertThat(dropped.happened()).isTrue();
    await().until(() -> other.holders().isEmpty()); // sooner than the lease ends
    assertThat(first.fencingToken()).isLessThan(second.fencingToken());
    assertThat(second.fencingToken()).isLessThan(third.fencingToken());
  }

  @Test
  void renewal_answerOrRequestLost_keepsTheHold() throws Exception {
    Hold<String> hold = mutex.acquire(KEY, LONG, BRIEF);
    for (PlannedFault fault :
        List.of(
            proxy.dropAnswerTo(LeaseFaultsContract::isOfMutex),
            proxy.dropRequest(LeaseFaultsContract::isOfMutex))) {
      fault.awaitHappened();
      assertThat(other.tryAcquire(KEY, BRIEF)).isNull();
      assertThat(hold.isValid()).isTrue();
    }
    hold.close();
  }

  @Test
  void poll_connectionLost_waitGoesOn() throws Exception {
    Hold<String> hold = other.acquire(KEY);
    Running<Hold<String>> waiter = Running.start(() -> mutex.acquire(KEY));
    await().until(() -> mutex.queueLength(KEY) == 1);
    PlannedFault lost = proxy.dropRequest(LeaseFaultsContract::isOfMutex);
    lost.awaitHappened();
    hold.close();
    waiter.result().close();
  }

  // The network

  @Test
  void network_swallowsEverything_holderIsToldAndProgressResumes() throws Exception {
    List<LossReason> heard = new CopyOnWriteArrayList<>();
    Hold<String> hold = mutex.acquire(KEY, LONG, BRIEF).onLost(heard::add);
    proxy.blackHole();
    await().until(() -> heard.equals(List.of(LossReason.UNREACHABLE)));
    assertThat(hold.isValid()).isFalse();
    try (Hold<String> next = other.acquire(KEY, LONG)) {
      assertThat(next.fencingToken()).isGreaterThan(hold.fencingToken());
      assertThatThrownBy(() -> mutex.lease(BRIEF).tryAcquire("else"))
          .isInstanceOf(OccException.class);
    }
    proxy.heal();
    await()
        .ignoreExceptionsInstanceOf(OccException.class)
        .until(
            () -> {
              mutex.acquire(KEY, LONG).close();
              return true;
            });
    assertThat(hold.isValid()).as("no resurrection").isFalse();
  }

  /** The server goes on doing what it is told, and nobody here hears of it. */
  @Test
  void network_losesAnswersForLong_holderIsToldAndProgressResumes() throws Exception {
    assertHoldEndsAndProgressResumes(proxy::muteServer);
  }

  @Test
  void network_losesRequestsForLong_holderIsToldAndProgressResumes() throws Exception {
    assertHoldEndsAndProgressResumes(proxy::deafenServer);
  }

  private void assertHoldEndsAndProgressResumes(Runnable breakage) throws Exception {
    List<LossReason> heard = new CopyOnWriteArrayList<>();
    Hold<String> hold = mutex.acquire(KEY, LONG, BRIEF).onLost(heard::add);
    breakage.run();
    Running<Boolean> next =
        Running.start(
            () -> {
              try (Hold<String> taken = other.acquire(KEY)) {
                return hold.isValid() && taken.isValid();
              }
            });
    assertThatThrownBy(() -> mutex.lease(BRIEF).tryAcquire("else"))
        .isInstanceOf(OccException.class);
    await().until(() -> heard.equals(List.of(LossReason.UNREACHABLE)));
    assertThat(next.result()).as("two valid holds").isFalse();
    assertThat(hold.isValid()).isFalse();
    proxy.heal();
    for (String key : List.of(KEY, "else")) {
      await()
          .ignoreExceptionsInstanceOf(OccException.class)
          .until(
              () -> {
                mutex.acquire(key, LONG).close();
                return true;
              });
    }
    assertThat(hold.isValid()).as("no resurrection").isFalse();
    assertThat(heard).hasSize(1);
  }

  @Test
  void network_cutShorterThanTheLease_holdSurvives() throws Exception {
    Hold<String> hold = mutex.acquire(KEY, LONG, BRIEF);
    proxy.cut();
    Duration untilCut = hold.remaining();
    await().until(() -> hold.remaining().compareTo(untilCut.minus(BRIEF.dividedBy(2))) < 0);
    proxy.heal();
    await().until(() -> hold.remaining().compareTo(BRIEF.dividedBy(2)) > 0);
    assertThat(hold.isValid()).isTrue();
    assertThat(other.tryAcquire(KEY)).isNull();
    hold.close();
  }

  // The pool

  @Test
  void pool_evictsItsConnections_holdAndWaitGoOn() throws Exception {
    Hold<String> hold = mutex.acquire(KEY, LONG, BRIEF);
    Hold<String> elsewhere = other.acquire("other");
    Running<Hold<String>> waiter = Running.start(() -> mutex.acquire("other"));
    await().until(() -> mutex.queueLength("other") == 1);
    for (int i = 0; i < 5; i++) {
      pool.getHikariPoolMXBean().softEvictConnections(); // as a pool does with those it distrusts
      proxy.dropConnections(); // and as an application server does that is impatient
      Duration most = BRIEF.multipliedBy(3).dividedBy(4);
      await().until(() -> hold.remaining().compareTo(most) < 0);
      await().until(() -> hold.remaining().compareTo(most) > 0); // renewed
    }
    assertThat(other.tryAcquire(KEY)).isNull();
    elsewhere.close();
    waiter.result().close();
    hold.close();
    await().until(() -> other.holders().isEmpty());
  }

  @Test
  void close_manyHoldsAndTheDatabaseAway_doesNotWaitForEachOfThem() throws Exception {
    for (int i = 0; i < 100; i++) {
      mutex.acquire("key " + i);
    }
    proxy.cut();
    mutex.close(); // 100 times the pool's time-out would be longer than the test may take
    proxy.heal();
    assertThat(mutex.stats().lost()).isEqualTo(100);
  }

  // The server

  @Test
  void server_killedAndRestarted_holdAndWaitGoOn() throws Exception {
    Hold<String> hold = mutex.acquire(KEY, LONG, LONG); // lasts longer than the restart
    Running<Hold<String>> waiter = Running.start(() -> other.lease(LONG).acquire(KEY));
    await().until(() -> other.queueLength(KEY) == 1);
    server.kill();
    server.restart();
    assertThat(hold.isValid()).isTrue();
    assertThat(waiter.isDone()).isFalse();
    hold.close();
    Hold<String> next = waiter.result();
    assertThat(next.fencingToken()).isGreaterThan(hold.fencingToken());
    next.close();
    await().until(() -> other.holders().isEmpty());
  }

  @Test
  void server_pausedPastTheLease_holderIsToldAndProgressResumes() throws Exception {
    List<LossReason> heard = new CopyOnWriteArrayList<>();
    Hold<String> hold = mutex.acquire(KEY, LONG, BRIEF).onLost(heard::add);
    Running<Hold<String>> waiter = Running.start(() -> other.acquire(KEY));
    await().until(() -> other.queueLength(KEY) == 1);
    server.pause();
    try {
      await().until(() -> heard.equals(List.of(LossReason.UNREACHABLE)));
    } finally {
      server.resume();
    }
    assertThat(hold.isValid()).isFalse();
    waiter.result().close();
    mutex.acquire(KEY, LONG).close();
  }

  /** Slow is not somebody else: who asks meanwhile gets the key, or hears of the outage. */
  @Test
  void acquire_serverPausedPastTheLease_isNeverReportedAsHeld() throws Exception {
    JdbcKeyedMutex<String> brief = mutex.lease(Duration.ofSeconds(2));
    List<Running<Boolean>> asking = new ArrayList<>();
    server.pause();
    try {
      long start = System.nanoTime();
      asking.add(Running.start(() -> brief.tryAcquire("a") != null));
      asking.add(Running.start(() -> brief.asLock("b").tryLock()));
      asking.add(Running.start(() -> brief.tryAcquire("c", Duration.ofMillis(400)) != null));
      await().until(() -> System.nanoTime() - start > Duration.ofMillis(2_300).toNanos());
    } finally {
      server.resume();
    }
    for (Running<Boolean> one : asking) {
      try {
        assertThat(one.result()).as("nobody holds it").isTrue();
      } catch (OccException outage) {
        assertThat(outage).isNotNull();
      }
    }
  }

  @Test
  void close_serverAway_endsAllTheSame() throws Exception {
    List<LossReason> heard = new CopyOnWriteArrayList<>();
    for (int i = 0; i < 5; i++) {
      mutex.acquire("key " + i, LONG, BRIEF).onLost(heard::add);
    }
    proxy.cut();
    Thread.currentThread().interrupt();
    mutex.close();
    assertThat(Thread.interrupted()).as("the flag is kept").isTrue();
    await().until(() -> heard.size() == 5);
    assertThat(heard).containsOnly(LossReason.CLOSED);
    other.acquire("key 0", LONG).close();
  }
}
