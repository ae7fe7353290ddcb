/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/**
 * What was recorded, to be judged. An operation is recorded when it begins, of unknown outcome, and
 * again with its answer; the later record stands. Thread-safe.
 */
final class History {
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, Operation> operations = new LinkedHashMap<>();
  private final Map<String, Held> holds = new LinkedHashMap<>();
  private final List<EffectRow> effects = new ArrayList<>();
  private final List<FeedEntry> feed = new ArrayList<>();
  private final List<ClockStep> steps = new ArrayList<>();
  private final List<Poll> polls = new ArrayList<>();
  private final List<Operation> glimpses = new ArrayList<>();

  void add(Record record) {
    lock.lock();
    try {
      if (record instanceof Operation operation) {
        operations.put(operation.id(), operation);
      } else if (record instanceof Held held) {
        holds.put(held.id(), held);
      } else if (record instanceof EffectRow row) {
        effects.add(row);
      } else if (record instanceof ClockStep step) {
        steps.add(step);
      } else if (record instanceof Poll poll) {
        polls.add(poll);
      } else {
        feed.add((FeedEntry) record);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Takes in lines of another process; what is no record is passed over. */
  void addLines(Collection<String> lines) {
    for (String line : lines) {
      Record record = Lines.parse(line);
      if (record != null) {
        add(record);
      }
    }
  }

  /**
   * The same without some operations, of which only is known still what version a content has that
   * they have shown.
   */
  History without(Predicate<Operation> left) {
    History rest = new History();
    for (Operation operation : operations()) {
      if (left.test(operation)) {
        rest.glimpses.add(operation);
      } else {
        rest.add(operation);
      }
    }
    for (List<? extends Record> records : List.of(holds(), effects(), feed(), steps(), polls())) {
      records.forEach(rest::add);
    }
    return rest;
  }

  List<Operation> operations() {
    return copy(operations.values());
  }

  List<Held> holds() {
    return copy(holds.values());
  }

  List<EffectRow> effects() {
    return copy(effects);
  }

  List<FeedEntry> feed() {
    return copy(feed);
  }

  /** Of the database's clock. */
  List<ClockStep> steps() {
    return copy(steps);
  }

  /** What is not judged. */
  List<Operation> glimpses() {
    return copy(glimpses);
  }

  List<Poll> polls() {
    return copy(polls);
  }

  private <T> List<T> copy(Collection<T> records) {
    lock.lock();
    try {
      return List.copyOf(records);
    } finally {
      lock.unlock();
    }
  }

  List<String> lines() {
    List<String> lines = new ArrayList<>();
    for (List<? extends Record> records :
        List.of(operations(), holds(), effects(), feed(), steps(), polls())) {
      records.forEach(record -> lines.add(Lines.of(record)));
    }
    return lines;
  }
}
