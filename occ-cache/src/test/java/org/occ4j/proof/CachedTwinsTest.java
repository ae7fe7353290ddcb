/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.occ4j.testkit.Patience.await;

import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.occ4j.Expected;
import org.occ4j.change.Change;
import org.occ4j.change.ChangeFollower;
import org.occ4j.proof.Violation.Kind;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

/**
 * The judge of cached reads catches caches that are broken, and finds nothing wrong with the
 * library's in the same calls.
 */
class CachedTwinsTest {
  private static final String KEY = "key";

  /** Calls that show the fault. */
  private interface Script {
    void run(Nodes nodes) throws Exception;
  }

  /** Two nodes, of which one reads through the cache in question. */
  private static final class Nodes implements AutoCloseable {
    final CachedTwins twins = new CachedTwins();
    final History history = new History();
    final JdbcNode reading;
    final JdbcNode writing;
    final Client reader;
    final Client here;
    final Client there;

    Nodes(Function<CachedTwins, NodeCache> cache) throws Exception {
      TestDatabase database = Engine.H2_MEMORY.server().newDatabase();
      JdbcNode.createTables(database);
      reading = new JdbcNode("here", database.dataSource(), history::add, cache.apply(twins));
      writing = new JdbcNode("there", database.dataSource(), history::add, NodeCache.none());
      reader = new Client("reader", reading.node(), history::add);
      here = new Client("writer-here", reading.node(), history::add);
      there = new Client("writer-there", writing.node(), history::add);
    }

    /** Waits for a poll of the reading node that was sent after this moment, and has ended. */
    void awaitPoll() {
      long now = System.nanoTime();
      await().until(() -> lastPoll() > now);
    }

    /** When the last poll of the reading node was sent. */
    long lastPoll() {
      return history.polls().stream()
          .map(Poll::asOf)
          .max(Comparator.naturalOrder())
          .orElse(Long.MIN_VALUE);
    }

    List<Kind> broken() {
      return Judgement.of(history).stream()
          .map(Violation::kind)
          .filter(kind -> kind != Kind.FEED_INCOMPLETE) // nobody has waited for the followers
          .distinct()
          .toList();
    }

    @Override
    public void close() {
      reading.close();
      writing.close();
    }
  }

  private static void assertCaught(Function<CachedTwins, NodeCache> twin, Script script)
      throws Exception {
    try (Nodes sound = new Nodes(CachedTwins::sound);
        Nodes broken = new Nodes(twin)) {
      script.run(sound);
      assertThat(sound.broken()).as("done right").isEmpty();
      script.run(broken);
      assertThat(broken.broken()).as("done wrong").containsExactly(Kind.STALE);
    }
  }

  private static void put(Client client) {
    try {
      assertThat(client.put(KEY, Expected.any()).isApplied()).isTrue();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void judge_invalidationOfAnotherNodeDropped_isCaught() throws Exception {
    assertCaught(
        CachedTwins::deaf,
        nodes -> {
          put(nodes.there);
          nodes.reader.readCached(KEY);
          put(nodes.there);
          nodes.awaitPoll();
          nodes.reader.readCached(KEY);
        });
  }

  @Test
  void judge_invalidationOfAnOwnWriteDropped_isCaught() throws Exception {
    assertCaught(
        CachedTwins::deaf,
        nodes -> {
          put(nodes.here);
          nodes.reader.readCached(KEY);
          put(nodes.here);
          nodes.reader.readCached(KEY);
        });
  }

  @Test
  void judge_loadOfBeforeAnInvalidationKept_isCaught() throws Exception {
    assertCaught(
        CachedTwins::keepingLateLoads,
        nodes -> {
          put(nodes.there);
          nodes.twins.afterNextLoad(
              () -> {
                put(nodes.there);
                nodes.awaitPoll();
              });
          nodes.reader.readCached(KEY);
          nodes.reader.readCached(KEY);
        });
  }

  @Test
  void judge_servedWithoutContact_isCaught() throws Exception {
    assertCaught(
        CachedTwins::trusting,
        nodes -> {
          put(nodes.there);
          nodes.awaitPoll(); // else a later one would clear what is read now
          nodes.reader.readCached(KEY);
          CountDownLatch stopped = new CountDownLatch(1);
          CountDownLatch end = new CountDownLatch(1);
          var unused = nodes.reading.database().changes().followDirectly(stopping(stopped, end));
          try {
            assertThat(stopped.await(90, TimeUnit.SECONDS)).isTrue();
            put(nodes.there);
            long silence = NodeCache.MAXIMUM_STALENESS.toNanos();
            await().until(() -> System.nanoTime() - nodes.lastPoll() > silence);
            nodes.reader.readCached(KEY);
          } finally {
            end.countDown();
          }
        });
  }

  /** Keeps the feed from its next poll. */
  private static ChangeFollower stopping(CountDownLatch stopped, CountDownLatch end) {
    return new ChangeFollower() {
      @Override
      public void changed(Change change) {}

      @Override
      public void caughtUp(long asOf) {
        stopped.countDown();
        try {
          end.await();
        } catch (InterruptedException e) {
          throw new AssertionError(e);
        }
      }
    };
  }
}
