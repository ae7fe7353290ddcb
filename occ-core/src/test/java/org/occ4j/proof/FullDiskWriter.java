/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Random;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.OutcomeUnknownException;
import org.occ4j.StoreUnavailableException;
import org.occ4j.jdbc.OccDatabase;
import org.occ4j.store.VersionedStore;
import org.occ4j.testkit.Engine;

/**
 * Another store in the table of the judged one, of values so large that the table must grow. Any
 * answer to a full disk other than "nothing was changed, repeat it" and "unknown" ends the history.
 *
 * <p>Large values do not fit into a page. MariaDB cannot take back such a row without room: it
 * tries for five seconds, and then ends itself.
 */
final class FullDiskWriter implements AutoCloseable {
  private static final int ROWS = 400;
  private static final int WITHIN_A_PAGE = 1_500;
  private static final int PAGES = 30_000;

  private final Arena arena;
  private final OccDatabase database;
  private final VersionedStore<String, String> store;
  private final Random random;
  private final int length;
  private volatile boolean refused;
  private volatile boolean stopped;

  FullDiskWriter(Arena arena, boolean large, long seed) {
    this.arena = arena;
    random = new Random(seed);
    length = large ? PAGES : WITHIN_A_PAGE;
    database = OccDatabase.open(arena.database().dataSource());
    store = database.store("ballast", KeyCodec.strings(), Codec.strings());
  }

  /** Writes rows until one is refused, and on PostgreSQL asks for a new segment of its log. */
  void writeUntilRefused() {
    for (int i = 0; i < ROWS && !refused && !stopped; i++) {
      try {
        store.put("row" + random.nextLong(), text(), Expected.absent());
      } catch (StoreUnavailableException | OutcomeUnknownException full) {
        refused = true;
      }
    }
    if (arena.engine() == Engine.POSTGRESQL && random.nextBoolean()) {
      switchLog();
    }
  }

  /** The server ends at once when it cannot have the segment. */
  private void switchLog() {
    try (Connection connection = arena.database().connect();
        Statement statement = connection.createStatement()) {
      statement.execute("SELECT pg_switch_wal()");
    } catch (SQLException ended) {
      refused = true; // which is what was wanted
    }
  }

  /** Not to be compressed by the server. */
  private String text() {
    StringBuilder text = new StringBuilder();
    while (text.length() < length) {
      text.append(Long.toString(random.nextLong(), Character.MAX_RADIX));
    }
    return text.toString();
  }

  /** Has it write no further row. */
  void stop() {
    stopped = true;
  }

  /** Whether the disk was full for it. */
  boolean wasRefused() {
    return refused;
  }

  @Override
  public void close() {
    database.close();
  }
}
