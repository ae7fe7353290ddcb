/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.occ4j.RetryPolicy;
import org.occ4j.Ticker;
import org.occ4j.merge.Merger;

/** Gathers the parts of an {@link OptimisticClient}. Not thread-safe. */
public final class OptimisticClientBuilder<K, V> {

  /** Networks come back after seconds or minutes, not after the milliseconds of a lost race. */
  private static final RetryPolicy FOR_NETWORKS =
      new RetryPolicy(10, Duration.ofMinutes(5), Duration.ofMillis(500), Duration.ofSeconds(30));

  private final ClientTransport<K, V> transport;
  private final Merger<V> merger;
  private RetryPolicy retry = FOR_NETWORKS;
  private Scheduler scheduler = Scheduler.system();
  private Ticker ticker = Ticker.system();
  private @Nullable ClientListener<K, V> listener;
  private @Nullable EditJournal<K, V> journal;

  OptimisticClientBuilder(ClientTransport<K, V> transport, Merger<V> merger) {
    this.transport = Objects.requireNonNull(transport, "transport");
    this.merger = Objects.requireNonNull(merger, "merger");
  }

  /**
   * How often the same id is sent again by itself when the answer is lost or the server is busy;
   * unless said otherwise ten attempts within five minutes, delays from half a second to half a
   * minute. After that the edit stays {@link EditState#UNKNOWN} until {@link PendingEdit#resend}.
   */
  public OptimisticClientBuilder<K, V> retry(RetryPolicy policy) {
    this.retry = Objects.requireNonNull(policy, "policy");
    return this;
  }

  /** What runs the resends; unless said otherwise {@link Scheduler#system()}. */
  public OptimisticClientBuilder<K, V> scheduler(Scheduler seam) {
    this.scheduler = Objects.requireNonNull(seam, "scheduler");
    return this;
  }

  /** The time by which resends are bounded; unless said otherwise {@link Ticker#system()}. */
  public OptimisticClientBuilder<K, V> ticker(Ticker seam) {
    this.ticker = Objects.requireNonNull(seam, "ticker");
    return this;
  }

  /** Who is told when there is something new to show. */
  public OptimisticClientBuilder<K, V> listener(ClientListener<K, V> told) {
    this.listener = Objects.requireNonNull(told, "listener");
    return this;
  }

  /**
   * Where pending edits are kept beyond this process; unless said otherwise nowhere. The client
   * does not close it.
   */
  public OptimisticClientBuilder<K, V> journal(EditJournal<K, V> kept) {
    this.journal = Objects.requireNonNull(kept, "journal");
    return this;
  }

  /** The client. It takes up at once what the journal holds: what was sent is sent again. */
  public OptimisticClient<K, V> build() {
    Notifier<K, V> notifier = new Notifier<>(listener == null ? key -> {} : listener);
    EditJournal<K, V> kept = journal == null ? new NoJournal<>() : journal;
    List<EditJournal.Entry<K, V>> left = kept.entries();
    long last = left.stream().mapToLong(EditJournal.Entry::number).max().orElse(0);
    OptimisticClient<K, V> client =
        new OptimisticClient<>(
            new ClientParts<>(
                transport, merger, retry, scheduler, ticker, notifier, kept, new AtomicLong(last)));
    client.takeUp(left);
    return client;
  }
}
