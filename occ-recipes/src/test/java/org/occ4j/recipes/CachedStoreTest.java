/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.recipes;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.Versioned;
import org.occ4j.cache.CachedStore;
import org.occ4j.cache.jdbc.JdbcTaggedCache;
import org.occ4j.change.ChangeToken;
import org.occ4j.jdbc.JdbcVersionedStore;
import org.occ4j.jdbc.OccDatabase;
import org.occ4j.store.Scan;

/** A store that is read through a cache, on two nodes; and a reader that must see its own write. */
class CachedStoreTest {

  /** A list is a question about the whole store: asked again once any task was written. */
  private record TasksWith(String word) {}

  /** The recipe. */
  private static final class Tasks implements AutoCloseable {
    private final JdbcVersionedStore<String, String> store;
    private final CachedStore<String, String> cached;

    Tasks(OccDatabase db) {
      this.store = db.store("task", KeyCodec.strings(), Codec.strings());
      this.cached = JdbcTaggedCache.of(store).maximumSize(10_000).build();
    }

    /** Answers the header {@code Change-Token}, which the client sends with its next reads. */
    String rename(String id, String title) {
      return String.valueOf(cached.put(id, title, Expected.any()).token());
    }

    Optional<Versioned<String>> get(String id, @Nullable String changeToken) {
      return cached.get(id, changeToken == null ? null : ChangeToken.parse(changeToken));
    }

    List<String> with(String word) {
      List<String> ids =
          cached.query(
              new TasksWith(word),
              (question, context) ->
                  store.scan(Scan.all(1_000)).entries().stream()
                      .filter(entry -> entry.state().value().contains(word))
                      .map(entry -> entry.key())
                      .toList());
      return ids == null ? List.of() : ids;
    }

    @Override
    public void close() {
      cached.close();
    }
  }

  @Test
  void read_afterAWrite_showsItWhereverItIsRead() {
    try (HikariDataSource pool = Databases.pool();
        OccDatabase here = OccDatabase.builder(pool).createSchema().open();
        OccDatabase there = OccDatabase.open(pool);
        Tasks one = new Tasks(here);
        Tasks other = new Tasks(there)) {
      one.rename("1", "buy milk");
      assertThat(one.with("milk")).containsExactly("1");
      assertThat(one.get("1", null).orElseThrow().value()).isEqualTo("buy milk");
      other.get("1", null);

      String token = one.rename("1", "buy bread");
      assertThat(one.with("milk")).isEmpty();
      assertThat(one.get("1", null).orElseThrow().value()).isEqualTo("buy bread");
      assertThat(other.get("1", token).orElseThrow().value()).isEqualTo("buy bread");
    }
  }
}
