/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a {@link CrashWriter} was told over all its lives, and whether it can all be true: what is
 * found is the last thing that was acknowledged, or the one write whose outcome is unknown, and no
 * version of a key ever names two contents.
 */
final class CrashLedger {
  private final Map<String, String> acknowledged = new HashMap<>();
  private final Map<String, String> pending = new HashMap<>();
  private final Map<String, String> named = new HashMap<>();
  private final List<String> faults = new ArrayList<>();
  private int writes;

  /** Takes in the lines of one life. */
  void read(List<String> output) {
    for (String line : output) {
      if (line.startsWith(CrashWriter.LINE)) {
        String[] words = line.substring(CrashWriter.LINE.length()).split(" ", -1);
        if (words.length == 4) { // the last line may have been cut off by the kill
          read(words[0], words[1], words[2], words[3]);
        }
      }
    }
  }

  private void read(String what, String key, String version, String content) {
    String state = version + " " + content;
    switch (what) {
      case "try" -> pending.put(key, content);
      case "not" -> pending.remove(key);
      case "lost", "idle" -> {}
      case "did" -> {
        writes++;
        settle(key, version, content);
      }
      case "found" -> {
        String last = acknowledged.getOrDefault(key, "0 " + CrashWriter.NOTHING);
        if (!state.equals(last) && !content.equals(pending.get(key))) {
          faults.add(key + ": acknowledged " + last + ", found " + state);
        }
        settle(key, version, content);
      }
      default -> faults.add(key + ": " + what + " " + state);
    }
  }

  private void settle(String key, String version, String content) {
    pending.remove(key);
    acknowledged.put(key, version + " " + content);
    if (!version.equals("0")) {
      String other = named.putIfAbsent(key + " " + version, content);
      if (other != null && !other.equals(content)) {
        faults.add(key + ": version " + version + " names " + other + " and " + content);
      }
    }
  }

  /** What cannot be true. */
  List<String> faults() {
    return faults;
  }

  /** How many writes were acknowledged. */
  int writes() {
    return writes;
  }
}
