/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.occ4j.testkit.Patience.await;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.occ4j.cache.CacheHealth;
import org.occ4j.cache.ReadOptions;
import org.occ4j.cache.ReadResult;
import org.occ4j.cache.StalenessPolicy;
import org.occ4j.cache.TaggedCache;
import org.occ4j.cache.TaggedCacheBuilder;
import org.occ4j.cache.testkit.StaleReadContract;
import org.occ4j.jdbc.OccDatabase;
import org.occ4j.testkit.DelegatingDataSource;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TimeSensitive;

/** The contract over a database, and reads while contact to it is lost. */
@TimeSensitive
class H2StaleReadTest extends StaleReadContract {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final AtomicBoolean cut = new AtomicBoolean();
  private final OccDatabase database =
      OccDatabase.builder(
              new DelegatingDataSource(Engine.H2_MEMORY.server().newDatabase().dataSource()) {
                @Override
                public Connection getConnection() throws SQLException {
                  if (cut.get()) {
                    throw new SQLException("cut by the test", "08001");
                  }
                  return super.getConnection();
                }
              })
          .createSchema()
          .open();

  @Override
  protected TaggedCache<String, String> build(
      Consumer<TaggedCacheBuilder<String, String, ?>> settings) {
    JdbcCacheBuilder<String, String> builder = JdbcTaggedCache.builder("orders", database);
    // The contract moves the ticker; its caches must not take that for a silent feed.
    builder.ticker(ticker).maximumStaleness(Duration.ofDays(36_500), StalenessPolicy.BYPASS);
    settings.accept(builder);
    return builder.build();
  }

  @AfterEach
  void closeDatabase() {
    cut.set(false);
    database.close();
  }

  @Test
  void read_outOfContact_isStaleUntilContactIsBack() {
    JdbcCacheBuilder<String, String> builder = JdbcTaggedCache.builder("orders", database);
    builder.expireAfterWrite(Duration.ofHours(1));
    builder.maximumStaleness(Duration.ofSeconds(2), StalenessPolicy.SERVE_STALE);
    try (TaggedCache<String, String> cache = builder.build()) {
      cache.get("a", (key, context) -> "old");
      cut.set(true);
      awaitState(cache, CacheHealth.State.LOST_CONTACT);
      assertThat(read(cache, "a")).isEqualTo(new ReadResult<>("old", true));
      assertThat(read(cache, "b")).as("loaded now").isEqualTo(new ReadResult<>("new", false));
      cut.set(false);
      // Contact may be lost again at any time on a slow machine, but not for ever.
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> assertThat(read(cache, "a")).isEqualTo(new ReadResult<>("old", false)));
    }
  }

  private static void awaitState(TaggedCache<String, String> cache, CacheHealth.State state) {
    await().atMost(PATIENCE).until(() -> cache.health().state() == state);
  }

  private static ReadResult<String> read(TaggedCache<String, String> cache, String key) {
    return cache.read(key, ReadOptions.none(), (same, context) -> "new");
  }
}
