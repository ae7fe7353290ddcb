/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jcstress.pipeline;

import java.util.concurrent.atomic.AtomicInteger;

/** A pipeline that looks whether it knows the mutation, and then applies it, in two steps. */
final class CheckThenApply implements SmallPipeline {
  private final AtomicInteger edits = new AtomicInteger();
  private volatile boolean known;

  @Override
  @SuppressWarnings("ThreadPriorityCheck") // only widens the gap between the steps
  public String countUp() {
    if (known) {
      return "replayed";
    }
    Thread.yield();
    edits.incrementAndGet();
    known = true;
    return "applied";
  }

  @Override
  public int count() {
    return edits.get();
  }
}
