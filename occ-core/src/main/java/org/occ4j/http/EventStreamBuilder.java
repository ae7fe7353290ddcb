/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.http;

import java.time.Duration;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.occ4j.change.ChangeFeed;

/** The settings of an {@link EventStream}. Not thread-safe; what it builds is. */
public final class EventStreamBuilder {
  private static final int DEFAULT_KEPT = 1_000;
  private static final Duration DEFAULT_RETRY = Duration.ofSeconds(2);

  private final ChangeFeed feed;
  private final Function<? super Map<String, @Nullable Object>, String> json;
  private int kept = DEFAULT_KEPT;
  private Duration retry = DEFAULT_RETRY;

  EventStreamBuilder(
      ChangeFeed feed, Function<? super Map<String, @Nullable Object>, String> json) {
    this.feed = feed;
    this.json = json;
  }

  /**
   * How many changes are kept for readers that come back; default 1 000, some hundred kilobytes.
   *
   * @throws IllegalArgumentException if not positive
   */
  public EventStreamBuilder keep(int changes) {
    if (changes < 1) {
      throw new IllegalArgumentException("keep must be positive: " + changes);
    }
    this.kept = changes;
    return this;
  }

  /**
   * How long a reader is asked to wait before it comes back; default 2 seconds.
   *
   * @throws IllegalArgumentException if shorter than a millisecond or longer than a day
   */
  public EventStreamBuilder retry(Duration pause) {
    if (pause.compareTo(Duration.ofMillis(1)) < 0 || pause.compareTo(Duration.ofDays(1)) > 0) {
      throw new IllegalArgumentException("retry is from a millisecond to a day: " + pause);
    }
    this.retry = pause;
    return this;
  }

  /** Begins to follow the feed. */
  public EventStream build() {
    return new EventStream(feed, json, kept, retry.toMillis());
  }
}
