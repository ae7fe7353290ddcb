/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.Versioned;
import org.occ4j.store.Write;
import org.occ4j.store.WriteResult;
import org.occ4j.testkit.Counting;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;
import org.occ4j.testkit.WireProxy;

/** Each single write is one round trip, whatever becomes of it, counted on the wire. */
abstract class StoreRoundTripContract {

  /** More often than the driver runs a statement before it has the server keep it. */
  private static final int ROUNDS = 12;

  private final Engine engine;
  private WireProxy proxy;
  private Connection only;
  private OccDatabase node;

  StoreRoundTripContract(Engine engine) {
    this.engine = engine;
  }

  @BeforeEach
  void open() throws SQLException {
    TestDatabase database = engine.server().newDatabase();
    OccDatabase.builder(database.dataSource()).createSchema().open().close();
    proxy = WireProxy.before(database);
    only = database.through(proxy).connect();
    node = OccDatabase.open(FaultyDataSource.poolOf(only));
  }

  @AfterEach
  void close() throws SQLException {
    node.close();
    only.close();
    proxy.close();
  }

  private interface Call<T> {
    T run();
  }

  private <T> T inOneRoundTrip(Call<T> call) {
    try (Counting count = proxy.counting()) {
      T result = call.run();
      assertThat(count.roundTrips()).as(count.toString()).isEqualTo(1);
      return result;
    }
  }

  @Test
  void singleWrites_areOneRoundTripEach() {
    assertSingleWrites(node.store("test", KeyCodec.strings(), Codec.strings()));
  }

  @Test
  void singleWrites_withTheirChange_areOneRoundTripEach() {
    assertSingleWrites(node.store("test", KeyCodec.strings(), Codec.strings()).recordChanges(true));
  }

  private void assertSingleWrites(JdbcVersionedStore<String, String> store) {
    for (int i = 0; i < ROUNDS; i++) {
      Versioned<String> first = applied(() -> store.put("a", "1", Expected.absent()));
      Expected was = Expected.version(first.version());
      Versioned<String> second = applied(() -> store.put("a", "2", was));
      assertThat(inOneRoundTrip(() -> store.put("a", "3", was)).current()).isEqualTo(second);
      assertThat(inOneRoundTrip(() -> store.put("a", "3", Expected.absent())).current())
          .isEqualTo(second);
      assertThat(inOneRoundTrip(() -> store.delete("a", was)).current()).isEqualTo(second);
      assertThat(inOneRoundTrip(() -> store.get("a"))).contains(second);
      assertThat(inOneRoundTrip(() -> store.delete("a", Expected.present())).isApplied()).isTrue();
      assertThat(inOneRoundTrip(() -> store.put("a", "3", was)).current()).isNull();
    }
  }

  private Versioned<String> applied(Call<WriteResult<String>> write) {
    return Objects.requireNonNull(inOneRoundTrip(write).orThrow());
  }

  @Test
  void writeAll_isOneRoundTrip_whateverBecomesOfEach() {
    JdbcVersionedStore<String, String> store =
        node.store("test", KeyCodec.strings(), Codec.strings());
    List<Write<String, String>> writes = new ArrayList<>();
    for (int i = 0; i < 32; i++) {
      writes.add(Write.put("k" + i, "v", i % 2 == 0 ? Expected.absent() : Expected.version(1)));
    }
    long applied =
        inOneRoundTrip(() -> store.writeAll(writes)).items().stream()
            .filter(item -> item.orThrow().isApplied())
            .count();
    assertThat(applied).isEqualTo(16);
  }
}
