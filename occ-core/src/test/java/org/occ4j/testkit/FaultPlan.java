/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The statements of all connections of a proxy in one order, and the faults that wait for them. */
final class FaultPlan {
  private final ReentrantLock lock = new ReentrantLock();
  private final List<PlannedFault> faults = new ArrayList<>();
  private long statements;

  /** The number of statements so far. */
  long statements() {
    lock.lock();
    try {
      return statements;
    } finally {
      lock.unlock();
    }
  }

  /** Plans a fault for the first statement that fits, counted from the {@code nth} to come. */
  PlannedFault add(PlannedFault.Kind kind, int nth, Predicate<? super String> statement) {
    if (nth < 1) {
      throw new IllegalArgumentException("nthStatement counts from 1: " + nth);
    }
    lock.lock();
    try {
      PlannedFault fault = new PlannedFault(kind, statements + nth, statement);
      faults.add(fault);
      return fault;
    } finally {
      lock.unlock();
    }
  }

  /** Counts a statement and removes the fault that it meets: the one that was planned first. */
  @Nullable PlannedFault statementArrived(String sql) {
    lock.lock();
    try {
      long number = ++statements;
      for (Iterator<PlannedFault> i = faults.iterator(); i.hasNext(); ) {
        PlannedFault fault = i.next();
        if (fault.fits(number, sql)) {
          i.remove();
          return fault;
        }
      }
      return null;
    } finally {
      lock.unlock();
    }
  }

  /** Forgets the faults that no statement has met. */
  void clear() {
    lock.lock();
    try {
      faults.clear();
    } finally {
      lock.unlock();
    }
  }
}
