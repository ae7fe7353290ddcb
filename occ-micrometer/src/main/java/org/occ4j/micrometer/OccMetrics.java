/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.micrometer;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.occ4j.Histogram;
import org.occ4j.change.FeedStats;
import org.occ4j.idempotency.RegistryStats;
import org.occ4j.jdbc.DatabaseStats;
import org.occ4j.jdbc.HousekeepingStats;
import org.occ4j.jdbc.OccDatabase;
import org.occ4j.mutation.PipelineStats;
import org.occ4j.mutex.MutexStats;
import org.occ4j.store.StoreStats;

/**
 * What an {@link OccDatabase} counts, as meters whose names begin with {@code occ.}; a page of the
 * documentation, docs/operations.md, says what each means and when to worry.
 *
 * <pre>{@code
 * new OccMetrics(db).bindTo(registry);
 * }</pre>
 *
 * <p>Stores, pipelines and mutexes that are made later get their meters when the others are next
 * read. Names of stores and namespaces are tags, keys and users never. Durations also come as
 * {@code .histogram} counters with the tag {@code le} in seconds, of which Prometheus makes
 * percentiles. Nothing is counted twice for this: the meters read {@link OccDatabase#stats()}, at
 * most every tenth of a second. Thread-safe.
 */
public final class OccMetrics implements MeterBinder {

  private static final long SNAPSHOT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** The bounds of the buckets, in milliseconds. */
  private static final long[] BOUNDS = {
    1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000
  };

  private final OccDatabase database;
  private final Tags tags;

  /** What was read last. */
  private record Snapshot(DatabaseStats stats, long nanos) {}

  private volatile Snapshot last;

  /** A binder without tags of its own. */
  public OccMetrics(OccDatabase database) {
    this(database, Tags.empty());
  }

  /** A binder that adds tags to each meter, such as which database it is. */
  public OccMetrics(OccDatabase database, Tags tags) {
    this.database = Objects.requireNonNull(database, "database");
    this.tags = Objects.requireNonNull(tags, "tags");
    this.last = new Snapshot(database.stats(), System.nanoTime());
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    new Binding(registry).bindAll();
  }

  private DatabaseStats stats() {
    Snapshot known = last;
    if (System.nanoTime() - known.nanos() < SNAPSHOT_NANOS) {
      return known.stats();
    }
    Snapshot fresh = new Snapshot(database.stats(), System.nanoTime());
    last = fresh;
    return fresh.stats();
  }

  /** The meters in one registry. */
  private final class Binding {
    private final MeterRegistry registry;
    private final Set<String> known = ConcurrentHashMap.newKeySet();

    Binding(MeterRegistry registry) {
      this.registry = registry;
    }

    void bindAll() {
      registryOfMutations();
      feed();
      housekeeping();
      bindNew(stats());
    }

    /** The statistics of now; parts that have come since get meters. */
    private DatabaseStats current() {
      DatabaseStats stats = stats();
      bindNew(stats);
      return stats;
    }

    private void bindNew(DatabaseStats stats) {
      stats.pipelines().keySet().stream().filter(n -> known.add("p:" + n)).forEach(this::pipeline);
      stats.stores().keySet().stream().filter(n -> known.add("s:" + n)).forEach(this::store);
      stats.mutexes().keySet().stream().filter(n -> known.add("m:" + n)).forEach(this::mutex);
    }

    /** What was seen once is there as long as the database is open. */
    private static <S> S there(@Nullable S seenBefore) {
      return Objects.requireNonNull(seenBefore);
    }

    private void pipeline(String name) {
      Part<PipelineStats> of =
          new Part<>("store", name, stats -> there(stats.pipelines().get(name)));
      String outcomes = "occ.pipeline.mutations";
      String meaning = "Mutations by how they ended";
      of.counter(outcomes, "outcome", "applied", meaning, s -> s.applied());
      of.counter(outcomes, "outcome", "replayed", meaning, s -> s.replayed());
      of.counter(outcomes, "outcome", "conflicted", meaning, s -> s.conflicted());
      of.counter(outcomes, "outcome", "rejected", meaning, s -> s.rejected());
      of.counter(outcomes, "outcome", "refused", meaning, s -> s.refused());
      of.counter(outcomes, "outcome", "unresolved", meaning, s -> s.unresolved());
      of.counter(outcomes, "outcome", "failed", meaning, s -> s.failed());
      of.counter(outcomes, "outcome", "unknown", meaning, s -> s.unknown());
      of.counter("occ.pipeline.merged", "Mutations that were merged", s -> s.merged());
      of.counter("occ.pipeline.edits", "How often edits ran", s -> s.edits());
      of.counter("occ.pipeline.handed.back", "Mutations that left a batch", s -> s.handedBack());
      of.gauge(
          "occ.pipeline.statements.at.once",
          "Statements that may be under way at once",
          s -> s.statementsAtOnce());
      of.counter("occ.pipeline.batches", "Batches that were sent", s -> s.batches().count());
      of.counter("occ.pipeline.batched", "Mutations in batches", s -> s.batches().sum());
      of.timer("occ.pipeline.duration", "How long mutations took", s -> s.times());
      of.timer("occ.pipeline.wait", "How long mutations waited for their turn", s -> s.waits());
    }

    private void store(String name) {
      Part<StoreStats> of = new Part<>("store", name, stats -> there(stats.stores().get(name)));
      of.timer("occ.store.read", "How long reads of a store took", s -> s.readTimes());
      of.timer("occ.store.write", "How long writes of a store took", s -> s.writeTimes());
      of.counter("occ.store.conflicts", "Writes whose expectation failed", s -> s.conflicts());
      of.counter("occ.store.failures", "Reads and writes that failed", s -> s.failures());
    }

    private void mutex(String name) {
      Part<MutexStats> of =
          new Part<>("namespace", name, stats -> there(stats.mutexes().get(name)));
      of.gauge("occ.mutex.held", "Keys held here now", s -> s.heldKeys());
      of.gauge("occ.mutex.waiting", "Acquisitions that wait here now", s -> s.waiting());
      of.counter("occ.mutex.contended", "Acquisitions that had to wait", s -> s.contended());
      of.counter("occ.mutex.timeouts", "Acquisitions that gave up", s -> s.timedOut());
      of.counter("occ.mutex.lost", "Holds that ended before they were closed", s -> s.lost());
    }

    private void registryOfMutations() {
      Part<RegistryStats> of = new Part<>(DatabaseStats::registry);
      String calls = "occ.registry.calls";
      String meaning = "Calls of the idempotency registry by what they were answered";
      of.counter(calls, "outcome", "executed", meaning, s -> s.executed());
      of.counter(calls, "outcome", "replayed", meaning, s -> s.replayed());
      of.counter(calls, "outcome", "in_flight", meaning, s -> s.inFlight());
      of.counter(calls, "outcome", "mismatched", meaning, s -> s.mismatched());
      of.counter(calls, "outcome", "full", meaning, s -> s.full());
      of.counter(calls, "outcome", "unresolved", meaning, s -> s.unresolved());
    }

    private void feed() {
      Part<FeedStats> of = new Part<>(DatabaseStats::changes);
      of.counter("occ.changes.polls", "result", "done", "Polls of the log", s -> s.polls());
      of.counter("occ.changes.polls", "result", "failed", "Polls", s -> s.failedPolls());
      of.counter("occ.changes.read", "Changes that were read", s -> s.read());
      of.counter("occ.changes.missed", "Times that changes may have been lost", s -> s.missed());
      TimeGauge.builder(
              "occ.changes.lag",
              database,
              TimeUnit.NANOSECONDS,
              any -> current().changes().lag().toNanos())
          .tags(tags)
          .description("How long ago the feed was last caught up")
          .register(registry);
    }

    private void housekeeping() {
      Part<HousekeepingStats> of = new Part<>(DatabaseStats::housekeeping);
      String runs = "occ.housekeeping.runs";
      of.counter(runs, "result", "done", "Runs of the housekeeping", s -> s.runs());
      of.counter(runs, "result", "skipped", "Runs of the housekeeping", s -> s.skipped());
      of.counter(runs, "result", "failed", "Runs of the housekeeping", s -> s.failed());
      String removed = "occ.housekeeping.removed";
      of.counter(removed, "rows", "answers", "Rows that were removed", s -> s.answers());
      of.counter(removed, "rows", "changes", "Rows that were removed", s -> s.changes());
      of.counter(removed, "rows", "locks", "Rows that were removed", s -> s.locks());
    }

    /** The meters of one part. */
    private final class Part<S> {
      private final Tags named;
      private final Function<DatabaseStats, S> part;

      Part(Function<DatabaseStats, S> part) {
        this.named = tags;
        this.part = part;
      }

      Part(String tag, String name, Function<DatabaseStats, S> part) {
        this.named = tags.and(tag, name);
        this.part = part;
      }

      private S now() {
        return part.apply(current());
      }

      void counter(String name, String description, ToDoubleFunction<S> count) {
        counter(name, named, description, count);
      }

      void counter(
          String name, String tag, String value, String description, ToDoubleFunction<S> count) {
        counter(name, named.and(tag, value), description, count);
      }

      private void counter(String name, Tags with, String description, ToDoubleFunction<S> count) {
        // The database is what must live; a binder is nobody's to keep.
        FunctionCounter.builder(name, database, any -> count.applyAsDouble(now()))
            .tags(with)
            .description(description)
            .register(registry);
      }

      void gauge(String name, String description, ToDoubleFunction<S> value) {
        Gauge.builder(name, database, any -> value.applyAsDouble(now()))
            .tags(named)
            .description(description)
            .register(registry);
      }

      void timer(String name, String description, Function<S, Histogram> times) {
        FunctionTimer.builder(
                name,
                database,
                any -> times.apply(now()).count(),
                any -> times.apply(now()).sum(),
                TimeUnit.NANOSECONDS)
            .tags(named)
            .description(description)
            .register(registry);
        for (long bound : BOUNDS) {
          long nanos = TimeUnit.MILLISECONDS.toNanos(bound);
          counter(name, times, nanos, String.valueOf(bound / 1_000.0));
        }
        counter(name, times, Long.MAX_VALUE, "+Inf");
      }

      private void counter(String name, Function<S, Histogram> times, long nanos, String upTo) {
        counter(
            name + ".histogram", // The registry for Prometheus cuts ".bucket" off.
            named.and("le", upTo),
            "How many took up to so many seconds",
            stats -> upTo(times.apply(stats), nanos));
      }
    }
  }

  /** Values in the buckets that end at or below a bound; a bucket across it counts above it. */
  private static double upTo(Histogram times, long nanos) {
    return times.buckets().stream()
        .filter(bucket -> bucket.upTo() <= nanos)
        .mapToLong(Histogram.Bucket::count)
        .sum();
  }
}
