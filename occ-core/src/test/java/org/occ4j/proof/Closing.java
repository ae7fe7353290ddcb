/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

import static org.occ4j.testkit.Patience.await;

import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.awaitility.core.ConditionTimeoutException;
import org.occ4j.Expected;
import org.occ4j.proof.Operation.Told;
import org.occ4j.testkit.TestDatabase;

/** The end of a history, when everything is mended: what is there is looked at on each node. */
final class Closing {
  private static final String MARKER = "marker";

  private Closing() {}

  /** The names of so many keys. */
  static List<String> keys(int count) {
    return IntStream.range(0, count).mapToObj(i -> "key" + i).toList();
  }

  /** Reads each key on each node, and takes in the rows of effects. */
  static void readAll(
      List<JdbcNode> nodes, TestDatabase database, List<String> keys, History history)
      throws Exception {
    for (JdbcNode node : nodes) {
      Client reader = new Client("reader-" + node.node().name(), node.node(), history::add);
      for (String key : keys) {
        await().until(() -> reader.read(key).told() == Told.FOUND);
      }
    }
    JdbcNode.effects(database).forEach(history::add);
  }

  /** Reads each key through the cache of each node. */
  static void readCaches(List<JdbcNode> nodes, List<String> keys, History history)
      throws Exception {
    for (JdbcNode node : nodes) {
      Client reader = new Client("cached-" + node.node().name(), node.node(), history::add);
      for (String key : keys) {
        reader.readCached(key);
      }
    }
  }

  /** Waits until each node's follower has been told of all changes. */
  static void awaitFollowers(List<JdbcNode> nodes, History history) {
    Client marking = new Client("marking", nodes.get(0).node(), history::add);
    await().until(() -> marking.put(MARKER, Expected.any()).isApplied());
    try {
      await().until(() -> areToldOfMarker(nodes, history) && Feeds.judge(history).isEmpty());
    } catch (ConditionTimeoutException never) {
      Objects.requireNonNull(never); // the judges will say what is wrong
    }
  }

  private static boolean areToldOfMarker(List<JdbcNode> nodes, History history) {
    return history.feed().stream()
            .filter(entry -> entry.key().equals(MARKER))
            .map(FeedEntry::follower)
            .distinct()
            .count()
        == nodes.size();
  }
}
