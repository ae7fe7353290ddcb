/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.Versioned;
import org.occ4j.jdbc.OccDatabase;
import org.occ4j.store.VersionedStore;

/** Who writes rows with versions. */
public enum RowRival {
  /** This library, its own table, default settings. */
  OCC(RowRival::occ),
  /** An {@code UPDATE} with the version in its condition, and a {@code SELECT} if it missed. */
  HAND_WRITTEN(HandWritten::new);

  /** Rows with versions. */
  public interface Rows extends AutoCloseable {
    /** Makes a row, and returns its version. */
    long begin(String key, byte[] payload) throws SQLException;

    /**
     * Replaces the payload if the row has this version.
     *
     * @return the version that the row has now
     */
    long put(String key, byte[] payload, long version) throws SQLException;

    @Override
    void close();
  }

  @SuppressWarnings("ImmutableEnumChecker") // method references
  private final Function<DataSource, Rows> factory;

  RowRival(Function<DataSource, Rows> factory) {
    this.factory = factory;
  }

  /** Rows in this database. */
  public Rows open(DataSource pool) {
    return factory.apply(pool);
  }

  private static Rows occ(DataSource pool) {
    OccDatabase database = OccDatabase.builder(pool).createSchema().open();
    VersionedStore<String, byte[]> store =
        database.store("benchmark", KeyCodec.strings(), Codec.bytes());
    return new Rows() {
      @Override
      public long begin(String key, byte[] payload) {
        return version(store.put(key, payload, Expected.any()).current());
      }

      @Override
      public long put(String key, byte[] payload, long version) {
        return version(store.put(key, payload, Expected.version(version)).current());
      }

      private long version(@Nullable Versioned<byte[]> state) {
        if (state == null) {
          throw new IllegalStateException("nobody deletes");
        }
        return state.version();
      }

      @Override
      public void close() {
        database.close();
      }
    };
  }

  private static final class HandWritten implements Rows {
    private static final String UPDATE =
        "UPDATE hand_written SET version = version + 1, payload = ? WHERE id = ? AND version = ?";
    private static final String SELECT = "SELECT version, payload FROM hand_written WHERE id = ?";
    private static final String INSERT = "INSERT INTO hand_written VALUES (?, 1, ?)";

    private final DataSource pool;

    HandWritten(DataSource pool) {
      this.pool = pool;
    }

    @Override
    public long begin(String key, byte[] payload) throws SQLException {
      try (Connection connection = pool.getConnection();
          PreparedStatement insert = connection.prepareStatement(INSERT)) {
        insert.setString(1, key);
        insert.setBytes(2, payload);
        insert.executeUpdate();
        return 1;
      }
    }

    @Override
    public long put(String key, byte[] payload, long version) throws SQLException {
      try (Connection connection = pool.getConnection();
          PreparedStatement update = connection.prepareStatement(UPDATE)) {
        update.setBytes(1, payload);
        update.setString(2, key);
        update.setLong(3, version);
        return update.executeUpdate() == 1 ? version + 1 : current(connection, key);
      }
    }

    private static long current(Connection connection, String key) throws SQLException {
      try (PreparedStatement select = connection.prepareStatement(SELECT)) {
        select.setString(1, key);
        try (ResultSet row = select.executeQuery()) {
          if (!row.next() || row.getBytes("payload").length == 0) {
            throw new IllegalStateException("nobody deletes");
          }
          return row.getLong("version");
        }
      }
    }

    @Override
    public void close() {}
  }
}
