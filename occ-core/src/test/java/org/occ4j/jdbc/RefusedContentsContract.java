/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.DataRejectedException;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.Versioned;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationPipeline;
import org.occ4j.store.Commit;
import org.occ4j.store.Write;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

/** What no column or driver keeps is refused before it is sent, however it is written. */
abstract class RefusedContentsContract {
  private static final String HALF = "\ud83d";

  private final Engine engine;
  private final String doubleType;
  private final String timeType;

  RefusedContentsContract(Engine engine, String doubleType, String timeType) {
    this.engine = engine;
    this.doubleType = doubleType;
    this.timeType = timeType;
  }

  record Item(Double ratio, Instant moment, String text) {
    static final Item GOOD = new Item(0.5, Instant.EPOCH, "good");
  }

  /** Whether the engine has NaN and infinity. */
  boolean keepsNonFinite() {
    return true;
  }

  private static TableMapping<Long, Item> mapping() {
    Column<Item, Double> ratio = new Column<>("ratio", ColumnType.doubles(), Item::ratio);
    Column<Item, Instant> moment = new Column<>("moment", ColumnType.instants(), Item::moment);
    Column<Item, String> text = new Column<>("text", ColumnType.text(), Item::text);
    return TableMapping.<Long, Item>of("item")
        .key("id", KeyCodec.longs(), ColumnType.longs())
        .version("version")
        .columns(List.of(ratio, moment, text))
        .reading((id, row) -> new Item(row.require(ratio), row.require(moment), row.require(text)));
  }

  @Test
  void contents_thatNoColumnKeeps_areRefusedAndTheConnectionIsKept() throws Exception {
    TestDatabase database = engine.server().newDatabase();
    database.execute(
        "CREATE TABLE item (id BIGINT PRIMARY KEY, version BIGINT NOT NULL, ratio "
            + (doubleType
                + " NOT NULL, moment "
                + timeType
                + " NOT NULL, text VARCHAR(9) NOT NULL)"));
    try (HikariDataSource pool = database.pool(1);
        OccDatabase node = OccDatabase.builder(pool).createSchema().open()) {
      JdbcVersionedStore<Long, Item> items = node.store(mapping());
      Versioned<Item> good = items.put(1L, Item.GOOD, Expected.absent()).orThrow();
      Codec<Item> codec = Codec.of("item/1", item -> new byte[0], bytes -> Item.GOOD);
      MutationPipeline<Long, Item> pipeline = node.pipeline(items, codec).build();
      for (Item item : refused()) {
        assertRefused(() -> items.put(1L, item, Expected.any()));
        assertRefused(() -> items.put(2L, item, Expected.absent()));
        assertRefused(
            () -> items.commit(Commit.<Long, Item>empty().put(2L, item, Expected.absent())));
        assertThat(
                items
                    .writeAll(List.of(Write.put(2L, item, Expected.any())))
                    .items()
                    .get(0)
                    .failure())
            .isInstanceOf(DataRejectedException.class);
        MutationId id = new MutationId(new Scope("t", "p", "o"), UUID.randomUUID());
        assertRefused(
            () -> pipeline.apply(Mutation.of(id, 1L, Expected.any(), Edit.set(item)).build()));
        try (Connection caller = pool.getConnection()) {
          caller.setAutoCommit(false);
          assertRefused(() -> items.joining(caller).put(1L, item, Expected.present()));
          assertThat(items.joining(caller).get(1L)).contains(good);
          caller.rollback();
          caller.setAutoCommit(true);
        }
      }
      assertThat(items.getAll(List.of(1L, 2L))).containsOnlyKeys(1L).containsValue(good);
    }
  }

  private List<Item> refused() {
    List<Item> refused = new ArrayList<>();
    for (Instant moment : List.of(Instant.MIN, Instant.MAX, Instant.MIN.plusSeconds(1))) {
      refused.add(new Item(0.5, moment, "x"));
    }
    for (String text : List.of(HALF, "\ude00x", HALF + HALF + "\ude00", "x" + HALF)) {
      refused.add(new Item(0.5, Instant.EPOCH, text));
    }
    if (!keepsNonFinite()) {
      for (double ratio : List.of(Double.NaN, Double.POSITIVE_INFINITY, -1 / 0.0)) {
        refused.add(new Item(ratio, Instant.EPOCH, "x"));
      }
    }
    return refused;
  }

  private static void assertRefused(ThrowingCallable write) {
    assertThatThrownBy(write).isInstanceOf(DataRejectedException.class);
  }

  @Test
  void text_halfOfASurrogatePair_isRefusedByTheLibrarysOwnTableToo() {
    TestDatabase database = engine.server().newDatabase();
    try (OccDatabase node = OccDatabase.builder(database.dataSource()).createSchema().open()) {
      JdbcVersionedStore<String, String> store =
          node.store("task", KeyCodec.strings(), Codec.strings());
      assertRefused(() -> store.put("a", HALF, Expected.any()));
      assertThatThrownBy(() -> store.put(HALF, "x", Expected.any()))
          .isInstanceOf(IllegalArgumentException.class);
      Versioned<String> whole = store.put("a", HALF + "\ude00", Expected.any()).orThrow();
      assertThat(store.get("a")).contains(whole);
    }
  }
}
