/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.pipeline;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.occ4j.testkit.DatabaseServer;
import org.occ4j.testkit.TestDatabase;
import org.occ4j.testkit.WireProxy;

/** The threads of one contestant on a database of its own, which live through all its rounds. */
final class Crowd implements AutoCloseable {

  /**
   * What one round was like.
   *
   * @param perSecond mutations that were done in a second
   * @param p50Micros half of them took no longer
   * @param p99Micros 99 of a hundred took no longer
   * @param roundTrips on the wire for each; not a number without a proxy
   */
  record Round(double perSecond, double p50Micros, double p99Micros, double roundTrips) {}

  private final Contestant contestant;
  private final TestDatabase database;
  private final @Nullable WireProxy proxy;
  private final Mutations mutations;
  private final ExecutorService threads;
  private final List<Writer> writers = new ArrayList<>();
  private final Set<String> keys = new LinkedHashSet<>();
  private long countBefore;

  private Crowd(
      Contestant contestant,
      TestDatabase database,
      @Nullable WireProxy proxy,
      Mutations mutations) {
    this.contestant = contestant;
    this.database = database;
    this.proxy = proxy;
    this.mutations = mutations;
    this.threads = Executors.newFixedThreadPool(contestant.subject().threads());
  }

  /** Makes the tables and rows on a new database of the server. */
  static Crowd of(Contestant contestant, DatabaseServer server) throws Exception {
    PipelineCase subject = contestant.subject();
    TestDatabase database = server.newDatabase();
    WireProxy proxy = subject.delayMillis() == 0 ? null : WireProxy.before(database);
    TestDatabase reached = proxy == null ? database : database.through(proxy);
    Mutations mutations = contestant.who().open(database, reached, subject.pool(), subject.kind());
    Crowd crowd = new Crowd(contestant, database, proxy, mutations);
    crowd.prepare();
    if (proxy != null) {
      proxy.delay(Duration.ofMillis(subject.delayMillis()));
    }
    return crowd;
  }

  private void prepare() throws Exception {
    long filled = fill();
    for (int writer = 0; writer < contestant.subject().threads(); writer++) {
      List<String> own = contestant.subject().keys(writer);
      long[] versions = new long[own.size()];
      for (int i = 0; i < versions.length; i++) {
        boolean isNew = keys.add(own.get(i)) && contestant.subject().rows() == 0;
        versions[i] = isNew ? mutations.create(own.get(i)) : filled;
      }
      if (contestant.subject().kind().hot()) {
        Arrays.fill(versions, Mutations.ANY);
      }
      writers.add(new Writer(mutations, own, versions));
    }
    countBefore = count();
  }

  /** Fills the tables, if they are to be large; returns the version of every row in them. */
  private long fill() throws Exception {
    long rows = contestant.subject().rows();
    return rows == 0 ? 0 : new TableFiller(database, contestant.who()).fill(mutations, rows);
  }

  /** Where its tables are, without a proxy. */
  TestDatabase database() {
    return database;
  }

  /** All threads at once for this long. */
  Round run(Duration length) throws Exception {
    long roundTrips = proxy == null ? 0 : proxy.roundTrips();
    long end = System.nanoTime() + length.toNanos();
    List<Callable<Void>> rounds = new ArrayList<>();
    for (Writer writer : writers) {
      rounds.add(
          () -> {
            writer.writeUntil(end);
            return null;
          });
    }
    for (Future<Void> round : threads.invokeAll(rounds)) {
      round.get();
    }
    return roundOf(length, proxy == null ? Double.NaN : proxy.roundTrips() - roundTrips);
  }

  private Round roundOf(Duration length, double roundTrips) {
    long[] latencies =
        writers.stream()
            .flatMapToLong(writer -> LongStream.of(writer.latencies()))
            .sorted()
            .toArray();
    double inTime = writers.stream().mapToInt(Writer::inTime).sum();
    return new Round(
        inTime * 1e9 / length.toNanos(),
        percentile(latencies, 50),
        percentile(latencies, 99),
        roundTrips / latencies.length);
  }

  private static double percentile(long[] sorted, int percent) {
    int rank = (int) Math.ceil(sorted.length * percent / 100.0);
    return sorted[Math.max(0, rank - 1)] / 1e3;
  }

  /** Each mutation that was acknowledged is there once, or the figures are worth nothing. */
  void verify() throws Exception {
    if (contestant.who().replays()) {
      for (Writer writer : writers) {
        writer.sendLastAgain();
      }
    }
    long applied = writers.stream().mapToLong(Writer::applied).sum();
    requireEqual("counted", count() - countBefore, applied);
    if (contestant.subject().kind().audited()) {
      requireEqual("audited", AuditTable.count(database), applied);
    }
  }

  private long count() throws Exception {
    long count = 0;
    for (String key : keys) {
      count += mutations.count(key);
    }
    return count;
  }

  private void requireEqual(String what, long found, long applied) {
    if (found != applied) {
      throw new IllegalStateException(
          contestant + ": " + applied + " mutations were applied, " + found + " are " + what);
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
    mutations.close();
    if (proxy != null) {
      proxy.close();
    }
  }
}
