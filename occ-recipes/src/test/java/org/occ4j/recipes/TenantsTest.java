/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.recipes;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.jdbc.JdbcVersionedStore;
import org.occ4j.jdbc.OccDatabase;

/** A schema for each tenant, over one pool. */
class TenantsTest {

  /** The recipe: what belongs to a tenant is opened once, under the tenant's schema. */
  private static final class Tenants implements AutoCloseable {
    private final HikariDataSource pool;
    private final Map<String, OccDatabase> opened = new HashMap<>();

    Tenants(HikariDataSource pool) {
      this.pool = pool;
    }

    synchronized OccDatabase of(String tenant) {
      return opened.computeIfAbsent(
          tenant, name -> OccDatabase.builder(pool).schema(name).createSchema().open());
    }

    @Override
    public synchronized void close() {
      opened.values().forEach(OccDatabase::close);
    }
  }

  @Test
  void tenants_doNotSeeEachOther() throws Exception {
    try (HikariDataSource pool = Databases.pool();
        Tenants tenants = new Tenants(pool)) {
      try (Connection connection = pool.getConnection();
          Statement statement = connection.createStatement()) {
        statement.execute("CREATE SCHEMA acme");
        statement.execute("CREATE SCHEMA globex");
      }
      JdbcVersionedStore<String, String> acme =
          tenants.of("acme").store("task", KeyCodec.strings(), Codec.strings());
      JdbcVersionedStore<String, String> globex =
          tenants.of("globex").store("task", KeyCodec.strings(), Codec.strings());
      acme.put("1", "theirs alone", Expected.absent()).orThrow();
      assertThat(globex.get("1")).isEmpty();
      assertThat(acme.get("1")).isPresent();
    }
  }
}
