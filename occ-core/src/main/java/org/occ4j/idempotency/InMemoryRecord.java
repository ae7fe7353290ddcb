/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.idempotency;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;
import org.occ4j.MutationId;

/**
 * What a registry in memory keeps under one mutation id: the latest attempt, until the record
 * leaves. It is its own first attempt, which hardly ever is not the last, and its own node in the
 * wheel: one object, where a replay would follow three.
 */
final class InMemoryRecord extends InMemoryAttempt {

  private static final VarHandle CURRENT;

  static {
    try {
      CURRENT =
          MethodHandles.lookup()
              .findVarHandle(InMemoryRecord.class, "current", InMemoryAttempt.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final MutationId id;
  private volatile @Nullable InMemoryAttempt current;

  /** A record of which the calling thread runs the first attempt. */
  InMemoryRecord(MutationId id, IdempotencyOptions<?> how, long nowNanos) {
    super(1, how.fingerprint(), how, nowNanos);
    this.id = id;
    CURRENT.set(this, (InMemoryAttempt) this); // Nobody sees it yet; the map publishes it.
  }

  @Override
  MutationId id() {
    return id;
  }

  @Override
  InMemoryRecord record() {
    return this;
  }

  /** The latest attempt, or null if the record is leaving the registry. */
  @Nullable InMemoryAttempt current() {
    return current;
  }

  /**
   * Puts {@code next} in the place of a released attempt, unless somebody else was first
   * (RECORD-1).
   */
  boolean claim(InMemoryAttempt released, InMemoryAttempt next) {
    return CURRENT.compareAndSet(this, released, next);
  }

  /** Ends the record, unless somebody claimed in it (RECORD-2). */
  boolean leave(InMemoryAttempt latest) {
    return CURRENT.compareAndSet(this, latest, (InMemoryAttempt) null);
  }
}
