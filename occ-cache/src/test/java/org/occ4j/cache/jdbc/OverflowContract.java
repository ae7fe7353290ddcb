/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.occ4j.testkit.Patience.await;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.occ4j.Tag;
import org.occ4j.jdbc.OccDatabase;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

/**
 * An engine on which the cursor watches gaps has more of them than it can watch: the cache drops
 * everything, says so, and goes on.
 */
abstract class OverflowContract {
  private final Engine engine;
  private final String skipTo;

  /**
   * A contract.
   *
   * @param skipTo the statement that gives the next row of the log this number
   */
  OverflowContract(Engine engine, String skipTo) {
    this.engine = engine;
    this.skipTo = skipTo;
  }

  @Test
  void moreGapsThanCanBeWatched_dropEverythingOnce() throws Exception {
    TestDatabase database = engine.server().newDatabase();
    try (OccDatabase node = OccDatabase.builder(database.dataSource()).createSchema().open();
        JdbcTaggedCache<String, String> cache =
            JdbcTaggedCache.<String, String>builder("orders", node).build()) {
      cache.get("a", (key, context) -> "A");
      long last = cache.invalidateTags(Tag.of("other")).position();
      assertThat(cache.getIfPresent("a")).isEqualTo("A");
      database.execute(skipTo.formatted(last + 20_000));
      cache.invalidateTags(Tag.of("other"));
      await().atMost(Duration.ofSeconds(60)).until(() -> cache.getIfPresent("a") == null);
      assertThat(cache.health().flushes()).isEqualTo(1);
      cache.get("a", (key, context) -> "A2");
      assertThat(cache.awaitApplied(node.changes().now(), Duration.ofSeconds(60))).isTrue();
      assertThat(cache.getIfPresent("a")).isEqualTo("A2");
    }
  }
}
