/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.occ4j.testkit.Patience.await;

import com.zaxxer.hikari.HikariDataSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutation.MutationResult.Applied;
import org.occ4j.mutex.Hold;
import org.occ4j.testkit.Counting;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.FakeTicker;
import org.occ4j.testkit.Running;
import org.occ4j.testkit.TestDatabase;
import org.occ4j.testkit.TimeSensitive;
import org.occ4j.testkit.WireProxy;

/** How often a mutex goes to the database and back, counted on the wire. */
@TimeSensitive
@Timeout(300)
abstract class LeaseRoundTripsContract {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final String ALIVE_BYPASS = "com.zaxxer.hikari.aliveBypassWindowMs";

  private final Engine engine;
  private WireProxy proxy;
  private HikariDataSource pool;
  private OccDatabase database;
  private OccDatabase elsewhere;
  private FakeTicker ticker;
  private JdbcKeyedMutex<String> mutex;

  LeaseRoundTripsContract(Engine engine) {
    this.engine = engine;
  }

  @BeforeEach
  void open() {
    TestDatabase direct = engine.server().newDatabase();
    proxy = WireProxy.before(direct);
    // By default this pool asks a connection that was idle for half a second whether it is alive.
    System.setProperty(ALIVE_BYPASS, Long.toString(LONG.toMillis()));
    try {
      pool = direct.through(proxy).silentPool(2);
    } finally {
      System.clearProperty(ALIVE_BYPASS);
    }
    ticker = new FakeTicker();
    database = OccDatabase.builder(pool).createSchema().ticker(ticker).open();
    elsewhere = OccDatabase.open(direct.dataSource());
    mutex = database.mutex("orders");
  }

  @AfterEach
  void close() {
    database.close();
    elsewhere.close();
    pool.close();
    proxy.close();
  }

  @Test
  void acquireAndClose_areOneEach() throws Exception {
    for (String key : List.of("new", "new", "other", "new")) {
      Hold<String> hold;
      try (Counting count = proxy.counting()) {
        hold = mutex.acquire(key);
        assertThat(count.roundTrips()).as(count.toString()).isEqualTo(1);
      }
      try (Counting count = proxy.counting()) {
        hold.close();
        assertThat(count.roundTrips()).as(count.toString()).isEqualTo(1);
      }
    }
  }

  @Test
  void mutationUnderTheMutex_isOneBetweenTheTwoOfTheLease() throws Exception {
    JdbcVersionedStore<String, String> store =
        database.store("note", KeyCodec.strings(), Codec.strings());
    JdbcMutationPipeline<String, String> pipeline =
        database.pipeline(store, Codec.strings()).mutex(mutex).build();
    Expected expected = Expected.absent();
    for (String value : List.of("created", "changed", "changed again")) {
      Mutation<String, String> mutation =
          Mutation.of(
                  new MutationId(new Scope("acme", "ada", "note.edit"), UUID.randomUUID()),
                  "a",
                  expected,
                  Edit.set(value))
              .build();
      try (Counting count = proxy.counting()) {
        MutationResult<String> result = pipeline.apply(mutation);
        assertThat(count.roundTrips()).as(count.toString()).isEqualTo(3);
        expected =
            Expected.version(
                Objects.requireNonNull(((Applied<String>) result).current()).version());
      }
    }
  }

  @Test
  void failedAttempt_isOne() throws Exception {
    try (Hold<String> hold = elsewhere.mutex("orders").acquire("task");
        Counting count = proxy.counting()) {
      assertThat(hold.isValid()).isTrue();
      assertThat(mutex.tryAcquire("task")).isNull();
      assertThat(count.roundTrips()).as(count.toString()).isEqualTo(1);
    }
  }

  @Test
  void acquireAllAndClose_areOneEach() throws Exception {
    mutex.acquire("b").close();
    for (List<String> keys : List.of(List.of("a", "b", "c"), List.of("c", "b", "a"))) {
      Hold<Set<String>> hold;
      try (Counting count = proxy.counting()) {
        hold = mutex.acquireAll(keys, LONG);
        assertThat(count.roundTrips()).as(count.toString()).isEqualTo(1);
      }
      try (Counting count = proxy.counting()) {
        hold.close();
        assertThat(count.roundTrips()).as(count.toString()).isEqualTo(1);
      }
    }
  }

  @Test
  void renewalOfAThousandLeases_isOne() throws Exception {
    List<Hold<String>> holds = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      holds.add(mutex.lease(Duration.ofSeconds(30)).acquire("key " + i));
    }
    try (Counting count = proxy.counting()) {
      ticker.advance(Duration.ofSeconds(11)); // more than a third of the lease
      await().until(() -> count.roundTrips() > 0);
      await().until(() -> holds.stream().allMatch(h -> h.remaining().toSeconds() > 20));
      assertThat(count.roundTrips()).as(count.toString()).isEqualTo(1);
    }
    assertThat(elsewhere.mutex("orders").holders()).hasSize(1_000);
    ticker.advance(Duration.ofSeconds(18)); // the first lease would have ended by now
    assertThat(holds).allMatch(Hold::isValid);
  }

  @Test
  void handingOnInsideANode_isOne() throws Exception {
    Hold<String> first = mutex.acquire("task");
    List<Running<Hold<String>>> waiters = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      int before = i;
      waiters.add(Running.start(() -> mutex.acquire("task")));
      await().until(() -> mutex.queueLength("task") == before + 1);
    }
    try (Counting count = proxy.counting()) {
      long token = first.fencingToken();
      first.close();
      for (int i = 0; i < 5; i++) {
        await().until(() -> waiters.stream().anyMatch(Running::isDone));
        Running<Hold<String>> served =
            waiters.stream().filter(Running::isDone).findFirst().orElseThrow();
        waiters.remove(served);
        Hold<String> hold = served.result();
        assertThat(hold.fencingToken()).isGreaterThan(token);
        token = hold.fencingToken();
        hold.close();
      }
      assertThat(count.roundTrips()).as(count.toString()).isEqualTo(6); // five turns, one release
    }
    assertThat(mutex.holders()).isEmpty();
  }

  @Test
  void waitersForManyKeys_shareOnePoll() throws Exception {
    JdbcKeyedMutex<String> other = elsewhere.mutex("orders");
    List<Hold<String>> held = new ArrayList<>();
    List<Running<Hold<String>>> waiters = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      String key = "key " + i;
      held.add(other.acquire(key));
      waiters.add(Running.start(() -> mutex.acquire(key)));
    }
    await().until(() -> mutex.stats().waiting() == 8);
    try (Counting count = proxy.counting()) {
      await().until(() -> count.roundTrips() >= 5);
      assertThat(count.statements()).allMatch(sql -> sql.contains("lock_key IN"));
      assertThat(count.statements()).noneMatch(sql -> sql.contains("UPDATE"));
    }
    held.forEach(Hold::close);
    for (Running<Hold<String>> waiter : waiters) {
      waiter.result().close();
    }
  }
}
