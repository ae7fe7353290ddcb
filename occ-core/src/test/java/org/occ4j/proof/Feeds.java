/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.occ4j.proof.Operation.Call;
import org.occ4j.proof.Violation.Kind;

/**
 * Judges a change feed: each follower is told each committed change once, those of a key in the
 * order of their versions, and nothing else. What is made anew after a deletion may have a smaller
 * version where the database's clock was set back.
 */
final class Feeds {
  private final Map<String, Set<Long>> acknowledged = new HashMap<>();
  private final Map<String, Integer> unknown = new HashMap<>();

  private final boolean setBack;

  private Feeds(List<Operation> operations, boolean setBack) {
    this.setBack = setBack;
    Registers.byKey(operations)
        .forEach(
            (key, calls) -> {
              for (Operation call : calls) {
                count(key, call);
              }
            });
  }

  private void count(String key, Operation call) {
    if (call.isApplied() && call.value() != null) {
      acknowledged.computeIfAbsent(key, absent -> new HashSet<>()).add(call.version());
    } else if (call.isUnknown() && call.call() != Call.READ && call.call() != Call.DELETE) {
      unknown.merge(key, 1, Integer::sum);
    }
  }

  /** Judges what the followers were told, when they have been told everything. */
  static List<Violation> judge(History history) {
    boolean setBack = history.steps().stream().anyMatch(step -> step.by() < 0);
    Feeds told = new Feeds(history.operations(), setBack);
    Map<String, List<FeedEntry>> followers = new LinkedHashMap<>();
    history
        .feed()
        .forEach(
            entry ->
                followers.computeIfAbsent(entry.follower(), f -> new ArrayList<>()).add(entry));
    List<Violation> violations = new ArrayList<>();
    followers.forEach((follower, entries) -> violations.addAll(told.judge(follower, entries)));
    return violations;
  }

  /** A feed that gave up says so; from then on it is only asked for order. */
  private List<Violation> judge(String follower, List<FeedEntry> entries) {
    List<Violation> violations = new ArrayList<>();
    Map<String, List<FeedEntry>> byKey = new LinkedHashMap<>();
    for (FeedEntry entry : entries) {
      if (entry.kind().equals(FeedEntry.MISSED)) {
        violations.add(new Violation(Kind.FEED_MISSED, follower, entry.key()));
        byKey.clear();
      } else {
        byKey.computeIfAbsent(entry.key(), key -> new ArrayList<>()).add(entry);
      }
    }
    boolean missed = !violations.isEmpty();
    Set<String> keys = new HashSet<>(acknowledged.keySet());
    keys.addAll(byKey.keySet());
    for (String key : keys) {
      List<FeedEntry> ofKey = byKey.getOrDefault(key, List.of());
      violations.addAll(order(follower, key, ofKey, missed));
      if (!missed) {
        violations.addAll(completeness(follower, key, ofKey));
      }
    }
    return violations;
  }

  private List<Violation> order(
      String follower, String key, List<FeedEntry> entries, boolean missed) {
    List<Violation> violations = new ArrayList<>();
    FeedEntry last = new FeedEntry(follower, "", key, 0);
    for (FeedEntry entry : entries) {
      boolean put = entry.kind().equals("PUT");
      // A delete names the version that it deleted.
      boolean unseen = missed && last.version() == 0;
      boolean anew = setBack && last.kind().equals(FeedEntry.DELETE);
      boolean inOrder =
          put
              ? anew || entry.version() > last.version()
              : unseen || entry.version() == last.version();
      if (!inOrder) {
        violations.add(
            new Violation(Kind.FEED_WRONG, follower + " of " + key, entry + " after " + last));
      }
      last = entry;
    }
    return violations;
  }

  private List<Violation> completeness(String follower, String key, List<FeedEntry> entries) {
    List<Violation> violations = new ArrayList<>();
    String subject = follower + " of " + key;
    Set<Long> missing = new HashSet<>(acknowledged.getOrDefault(key, Set.of()));
    int surplus = -unknown.getOrDefault(key, 0);
    for (FeedEntry entry : entries) {
      if (entry.kind().equals("PUT") && !missing.remove(entry.version())) {
        surplus++;
      }
    }
    if (!missing.isEmpty()) {
      violations.add(new Violation(Kind.FEED_INCOMPLETE, subject, "not told of " + missing));
    }
    if (surplus > 0) {
      violations.add(
          new Violation(Kind.FEED_WRONG, subject, surplus + " changes that nobody can have made"));
    }
    return violations;
  }
}
