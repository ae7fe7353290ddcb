/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutation.internal;

import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.occ4j.DataRejectedException;
import org.occ4j.OutcomeUnknownException;
import org.occ4j.Ticker;
import org.occ4j.internal.HistogramRecorder;
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutation.MutationResult.Applied;
import org.occ4j.mutation.MutationResult.Conflicted;
import org.occ4j.mutation.MutationResult.Refused;
import org.occ4j.mutation.MutationResult.Rejected;
import org.occ4j.mutation.PipelineStats;

/** Counts what a pipeline does. Thread-safe. */
public final class PipelineRecorder {

  /** A call of a pipeline. */
  public interface Call<V> {

    /** Makes it. */
    MutationResult<V> run() throws InterruptedException;
  }

  private final Ticker ticker;
  private final LongAdder applied = new LongAdder();
  private final LongAdder merged = new LongAdder();
  private final LongAdder replayed = new LongAdder();
  private final LongAdder conflicted = new LongAdder();
  private final LongAdder rejected = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private final LongAdder unresolved = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final LongAdder unknown = new LongAdder();
  private final LongAdder edits = new LongAdder();
  private final LongAdder handedBack = new LongAdder();
  private final HistogramRecorder times = new HistogramRecorder();
  private final HistogramRecorder waits = new HistogramRecorder();
  private final HistogramRecorder batches = new HistogramRecorder();
  private volatile int batchesAtOnce;

  /** A recorder that has counted nothing. */
  public PipelineRecorder(Ticker ticker) {
    this.ticker = ticker;
  }

  /** Makes a call and counts how it ended. */
  public <V> MutationResult<V> counted(Call<V> call) throws InterruptedException {
    long begin = ticker.nanos();
    @Nullable LongAdder thrown = failed;
    try {
      MutationResult<V> result = call.run();
      thrown = null;
      count(result);
      return result;
    } catch (OutcomeUnknownException outcome) {
      thrown = unknown;
      throw outcome;
    } catch (DataRejectedException refused) {
      thrown = rejected; // By the database, but as final as an edit's own, and no fault of ours.
      throw refused;
    } finally {
      times.record(ticker.nanos() - begin);
      if (thrown != null) {
        thrown.increment();
      }
    }
  }

  private void count(MutationResult<?> result) {
    if (result instanceof Applied<?> done) {
      (done.replayed() ? replayed : applied).increment();
      if (!done.merged().isEmpty()) {
        merged.increment();
      }
    } else if (result instanceof Rejected<?> no) {
      (no.replayed() ? replayed : rejected).increment();
    } else if (result instanceof Conflicted) {
      conflicted.increment();
    } else {
      (result instanceof Refused ? refused : unresolved).increment();
    }
  }

  /** An edit ran. */
  public void edited() {
    edits.increment();
  }

  /** A mutation waited so long for its turn. */
  public void waited(long nanos) {
    waits.record(nanos);
  }

  /** So many mutations share a turn. */
  public void batched(int mutations) {
    batches.record(mutations);
  }

  /** So many turns may be taken at once from now on. */
  void limited(int batches) {
    batchesAtOnce = batches;
  }

  /** So many mutations were handed back to their callers. */
  void handedBack(int mutations) {
    handedBack.add(mutations);
  }

  /** What was counted so far. */
  public PipelineStats snapshot() {
    return new PipelineStats(
        applied.sum(),
        merged.sum(),
        replayed.sum(),
        conflicted.sum(),
        rejected.sum(),
        refused.sum(),
        unresolved.sum(),
        failed.sum(),
        unknown.sum(),
        edits.sum(),
        handedBack.sum(),
        batchesAtOnce,
        times.snapshot(),
        waits.snapshot(),
        batches.snapshot());
  }
}
