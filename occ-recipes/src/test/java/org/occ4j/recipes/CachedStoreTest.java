/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.recipes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.Tag;
import org.occ4j.Versioned;
import org.occ4j.cache.CachedStore;
import org.occ4j.cache.TaggedCache;
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
    private final TaggedCache<String, List<String>> lists;

    Tasks(OccDatabase db) {
      this.lists = JdbcTaggedCache.<String, List<String>>builder("tasks of", db).build();
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

    /** A list that only writes of this owner's tasks make void. */
    List<String> of(String owner) {
      List<String> titles =
          lists.get(
              owner,
              (who, context) -> {
                context.tag(Tag.of("owner", who));
                return store
                    .scan(Scan.<String>all(1_000).startingWith(who + "/"))
                    .entries()
                    .stream()
                    .map(entry -> entry.state().value())
                    .toList();
              });
      return titles == null ? List.of() : titles;
    }

    /** Then every writer says whose it is; a mutation by {@code MutationBuilder.tags}. */
    void renameOf(String owner, String id, String title) {
      store.tagging(Set.of(Tag.of("owner", owner))).put(owner + "/" + id, title, Expected.any());
    }

    @Override
    public void close() {
      lists.close();
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

  @Test
  void listByATag_isMadeVoidByWritesOfItsOwnOnly() {
    try (HikariDataSource pool = Databases.pool();
        OccDatabase here = OccDatabase.builder(pool).createSchema().open();
        OccDatabase there = OccDatabase.open(pool);
        Tasks one = new Tasks(here);
        Tasks other = new Tasks(there)) {
      one.renameOf("ana", "1", "buy milk");
      assertThat(one.of("ana")).containsExactly("buy milk");
      assertThat(other.of("ana")).containsExactly("buy milk");

      one.renameOf("berta", "1", "sleep");
      assertThat(one.of("ana")).containsExactly("buy milk");
      assertThat(one.lists.stats().loads()).isEqualTo(1);
      one.renameOf("ana", "2", "buy bread");
      assertThat(one.of("ana")).containsExactly("buy milk", "buy bread");
      await()
          .atMost(Duration.ofSeconds(90))
          .untilAsserted(
              () -> assertThat(other.of("ana")).containsExactly("buy milk", "buy bread"));
    }
  }
}
