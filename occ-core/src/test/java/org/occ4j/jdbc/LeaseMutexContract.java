/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.occ4j.testkit.Patience.await;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.occ4j.mutex.Hold;
import org.occ4j.mutex.HoldInfo;
import org.occ4j.mutex.LossReason;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.ExclusionProbe;
import org.occ4j.testkit.FakeTicker;
import org.occ4j.testkit.Running;

/** What only leases have on every engine: other nodes, renewal, loss, and what operators see. */
abstract class LeaseMutexContract extends LeaseLossContract {
  LeaseMutexContract(Engine engine) {
    super(engine);
  }

  // Limits, leaks and operators

  @Test
  void maxHold_exceeded_isLostThoughRenewed() throws Exception {
    JdbcKeyedMutex<String> mutex = node();
    List<LossReason> heard = new CopyOnWriteArrayList<>();
    Hold<String> hold =
        mutex.lease(BRIEF).maxHold(BRIEF.multipliedBy(2)).acquire(KEY).onLost(heard::add);
    await().until(() -> heard.equals(List.of(LossReason.EXPIRED)));
    assertThat(hold.isValid()).isFalse();
    node().acquire(KEY, LONG).close(); // the row lapses
    assertThatIllegalArgumentException().isThrownBy(() -> mutex.maxHold(Duration.ZERO));
    assertThatIllegalArgumentException().isThrownBy(() -> mutex.lease(Duration.ZERO));
  }

  @Test
  void warnHeldLongerThan_exceeded_isLoggedOnce() throws Exception {
    FakeTicker ticker = new FakeTicker();
    JdbcKeyedMutex<String> mutex = node(ticker).warnHeldLongerThan(BRIEF);
    String log =
        logOf(
            () -> {
              try (Hold<String> hold = mutex.acquire(KEY);
                  Hold<String> quick = mutex.acquire("quick")) {
                quick.close();
                ticker.advance(BRIEF);
                assertThat(hold.isValid()).isTrue();
              }
            });
    assertThat(log).containsOnlyOnce("lasts longer").contains(KEY).contains("PT0.4S");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> mutex.warnHeldLongerThan(Duration.ZERO))
        .withMessageContaining("warnHeldLongerThan");
  }

  static String logOf(ThrowingCallable work) throws Exception {
    PrintStream original = System.err;
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    System.setErr(new PrintStream(written, true, StandardCharsets.UTF_8));
    try {
      work.call();
    } catch (Throwable thrown) {
      throw new AssertionError(thrown);
    } finally {
      System.setErr(original);
    }
    return written.toString(StandardCharsets.UTF_8);
  }

  @Test
  void hold_droppedWithoutClose_isReportedAndStaysHeld() throws Exception {
    JdbcKeyedMutex<String> mutex = node();
    PrintStream original = System.err;
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    System.setErr(new PrintStream(written, true, StandardCharsets.UTF_8));
    try {
      acquireAndDrop(mutex);
      await()
          .until(
              () -> {
                System.gc();
                return written.toString(StandardCharsets.UTF_8).contains("dropped without being");
              });
    } finally {
      System.setErr(original);
    }
    assertThat(written.toString(StandardCharsets.UTF_8)).contains(KEY);
    assertThat(node().tryAcquire(KEY)).isNull();
  }

  /** In a method of its own, so that no local variable keeps the hold. */
  static void acquireAndDrop(JdbcKeyedMutex<String> mutex) throws InterruptedException {
    assertThat(mutex.acquire(KEY).isValid()).isTrue();
  }

  @Test
  void holders_ofAllNodes_areListed() throws Exception {
    JdbcKeyedMutex<String> one = node().lease(Duration.ofSeconds(30));
    String longKey = "x".repeat(400);
    try (Hold<String> a = one.acquire("a");
        Hold<String> b = node().acquire("b", LONG, BRIEF);
        Hold<String> x = one.acquire(longKey)) {
      one.acquire("free").close();
      List<HoldInfo> holders = one.holders();
      assertThat(holders).hasSize(3);
      assertThat(holders.get(0).key()).isEqualTo("a");
      assertThat(holders.get(0).owner()).contains(Thread.currentThread().getName());
      assertThat(holders.get(0).remaining()).isBetween(Duration.ofSeconds(20), LONG);
      assertThat(holders.get(0).heldFor()).isLessThan(LONG);
      assertThat(holders.get(1).key()).isEqualTo("b");
      assertThat(holders.get(1).remaining()).isLessThanOrEqualTo(BRIEF);
      assertThat(holders.get(2).key()).startsWith("xxx").contains("#");
    }
    assertThat(one.holders()).isEmpty();
  }

  @Test
  void sweep_deletesIdleRowsOnly_andTokensGoOnGrowing() throws Exception {
    JdbcKeyedMutex<String> mutex = node();
    long token;
    try (Hold<String> hold = mutex.acquire("old")) {
      token = hold.fencingToken();
    }
    Hold<String> held = mutex.acquire("held");
    mutex.acquire("fresh").close();
    assertThat(mutex.sweep(Duration.ofHours(1))).isZero();
    // Two hours later, but for a row whose token runs ahead of the clock.
    long twoHours = 7_200_000_000L;
    server.execute(
        "UPDATE occ_mutex SET expires_at = expires_at - " + twoHours + " WHERE owner IS NULL",
        "UPDATE occ_mutex SET token = token - "
            + twoHours
            + " WHERE owner IS NULL AND token = "
            + token);
    assertThat(mutex.sweep(Duration.ofHours(1))).isEqualTo(1);
    try (Hold<String> hold = mutex.acquire("old")) {
      assertThat(hold.fencingToken()).isGreaterThan(token);
    }
    assertThat(held.isValid()).isTrue();
    held.close();
    assertThatIllegalArgumentException().isThrownBy(() -> mutex.sweep(Duration.ofMinutes(59)));
  }

  /** As from a dump of last week: what was written since is forgotten, tokens included. */
  @Test
  void tokens_tableRestoredOrEmptied_growAllTheSame() throws Exception {
    JdbcKeyedMutex<String> mutex = node();
    mutex.acquire(KEY).close();
    server.execute("CREATE TABLE dump AS SELECT * FROM occ_mutex");
    long greatest = 0;
    for (int i = 0; i < 3; i++) {
      mutex.acquire(KEY).close();
      try (Hold<String> hold = mutex.acquire(KEY)) {
        greatest = hold.fencingToken();
      }
    }
    server.execute(
        "DELETE FROM occ_mutex", "INSERT INTO occ_mutex SELECT * FROM dump", "DROP TABLE dump");
    try (Hold<String> hold = mutex.acquire(KEY)) {
      assertThat(hold.fencingToken()).isGreaterThan(greatest);
      greatest = hold.fencingToken();
    }
    server.execute("DELETE FROM occ_mutex");
    try (Hold<String> hold = mutex.acquire(KEY)) {
      assertThat(hold.fencingToken()).isGreaterThan(greatest);
    }
  }

  /** The holder of a row that a restore took away must not go on for longer than a renewal. */
  @Test
  void hold_tableRestoredUnderIt_isToldThatItIsStolen() throws Exception {
    List<LossReason> heard = new CopyOnWriteArrayList<>();
    Hold<String> hold = node().acquire(KEY, LONG, BRIEF).onLost(heard::add);
    server.execute("DELETE FROM occ_mutex");
    await().until(() -> heard.equals(List.of(LossReason.STOLEN)));
    assertThat(hold.isValid()).isFalse();
    node().acquire(KEY, LONG).close();
  }

  @Test
  void tokens_databaseClockSetBack_growAllTheSame() throws Exception {
    JdbcKeyedMutex<String> mutex = node();
    mutex.acquire(KEY).close();
    long ahead = Long.MAX_VALUE / 4;
    server.execute("UPDATE occ_mutex SET token = " + ahead); // as if the clock had been far ahead
    try (Hold<String> hold = mutex.acquire(KEY)) {
      assertThat(hold.fencingToken()).isEqualTo(ahead + 1);
    }
  }

  /** Nobody else gets in; but what nobody gives back is held for as much longer. */
  @Test
  void lease_databaseClockSetBack_isKeptForLongerUnlessItIsGivenBack() throws Exception {
    Hold<String> living = node().acquire(KEY);
    Hold<String> dead = node(new FakeTicker()).acquire("dead"); // a frozen node renews nothing
    long hour = 3_600_000_000L;
    server.execute("UPDATE occ_mutex SET expires_at = expires_at + " + hour);
    JdbcKeyedMutex<String> two = node();
    assertThat(two.tryAcquire(KEY)).isNull();
    assertThat(two.tryAcquire("dead")).isNull();
    assertThat(two.holder("dead").orElseThrow().remaining()).isGreaterThan(Duration.ofMinutes(55));
    living.close();
    two.acquire(KEY, LONG).close();
    assertThat(two.forceRelease("dead")).isTrue();
    try (Hold<String> next = two.acquire("dead", LONG)) {
      assertThat(next.fencingToken()).isGreaterThan(dead.fencingToken());
    }
  }

  @Test
  void manyLeases_areRenewedTogether() throws Exception {
    JdbcKeyedMutex<String> one = node();
    JdbcKeyedMutex<String> brief = one.lease(Duration.ofSeconds(1));
    List<Hold<String>> holds = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      holds.add((i % 2 == 0 ? brief : one).acquire("key " + i + " \u00e4"));
    }
    JdbcKeyedMutex<String> two = node();
    assertThat(two.tryAcquire("key 0 \u00e4", Duration.ofMillis(2_500))).isNull();
    assertThat(holds).allMatch(Hold::isValid);
    holds.forEach(Hold::close);
    assertThat(one.holders()).isEmpty();
  }

  /** Handing on inside a node stops often enough for others to get in. */
  @Test
  void contendedOnOneNode_othersGetTheirTurn() throws Exception {
    JdbcKeyedMutex<String> busy = node();
    AtomicBoolean enough = new AtomicBoolean();
    List<Running<Integer>> threads = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      threads.add(
          Running.start(
              () -> {
                int turns = 0;
                while (!enough.get()) {
                  busy.acquire(KEY).close();
                  turns++;
                }
                return turns;
              }));
    }
    JdbcKeyedMutex<String> other = node();
    for (int i = 0; i < 3; i++) {
      other.acquire(KEY, LONG).close();
    }
    enough.set(true);
    for (Running<Integer> thread : threads) {
      assertThat(thread.result()).isPositive();
    }
    await().until(() -> other.holder(KEY).isEmpty());
  }

  @Test
  void handedOn_nobodyTakesIt_isReleased() throws Exception {
    JdbcKeyedMutex<String> one = node().lease(LONG);
    JdbcKeyedMutex<String> other = node();
    await().until(() -> leavesWhileHandedOn(one, other));
  }

  /** Whether the waiter left; an interrupt that comes too late finds it with the key. */
  private static boolean leavesWhileHandedOn(
      JdbcKeyedMutex<String> one, JdbcKeyedMutex<String> other) throws Exception {
    Hold<String> first = one.acquire(KEY);
    Running<Boolean> waiter =
        Running.start(
            () -> {
              try (Hold<String> next = one.acquire(KEY)) {
                return !next.isValid();
              } catch (InterruptedException left) {
                return true;
              }
            });
    await().until(() -> one.queueLength(KEY) == 1);
    waiter.interrupt();
    first.close();
    boolean left = waiter.result();
    other.acquire(KEY, LONG.dividedBy(2)).close(); // far sooner than the lease ends
    assertThat(one.holders()).isEmpty();
    return left;
  }

  @Test
  void exclusion_shortLeasesAndManyThreads_neverTwoInside() throws Exception {
    JdbcKeyedMutex<String> one = node();
    JdbcKeyedMutex<String> two = node();
    List<ExclusionProbe.Turn> turns = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      JdbcKeyedMutex<String> mine = i % 2 == 0 ? one : two;
      turns.add(() -> mine.acquire(KEY, LONG, Duration.ofSeconds(5)));
    }
    assertThat(ExclusionProbe.violations(turns, 50)).isZero();
  }
}
