/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.occ4j.Expected;
import org.occ4j.Versioned;
import org.occ4j.store.BatchResult;
import org.occ4j.store.Commit;
import org.occ4j.store.CommitResult;
import org.occ4j.store.VersionedStore;
import org.occ4j.store.Write;
import org.occ4j.store.WriteResult;

/** What a store promises of several keys at once. */
public interface StoreBatchContract {

  /** The store under test, empty at the start of each test. */
  VersionedStore<String, String> store();

  private Versioned<String> put(String key, String value) {
    return Objects.requireNonNull(store().put(key, value, Expected.any()).orThrow());
  }

  @Test
  default void getAll_returnsWhatIsThere() {
    Versioned<String> a = put("a", "one");
    Versioned<String> b = put("b", "two");
    put("c", "three");
    assertThat(store().getAll(List.of("b", "none", "a", "b")))
        .containsExactlyInAnyOrderEntriesOf(Map.of("a", a, "b", b));
    assertThat(store().getAll(List.of())).isEmpty();
    assertThat(store().getAll(List.of("none"))).isEmpty();
  }

  @Test
  default void getAll_manyKeys_findsThemAll() {
    List<String> keys = java.util.stream.IntStream.range(0, 1_500).mapToObj(i -> "k" + i).toList();
    store().writeAll(keys.stream().map(k -> Write.put(k, k, Expected.absent())).toList());
    assertThat(store().getAll(keys)).hasSize(1_500);
  }

  @Test
  @SuppressWarnings("NullAway")
  default void getAll_badKey_isRefused() {
    assertThatThrownBy(() -> store().getAll(Arrays.asList("a", null)))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> store().getAll(List.of("a", "x".repeat(256))))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  default void writeAll_answersEachItemInOrder() {
    Versioned<String> a = put("a", "one");
    Versioned<String> b = put("b", "two");
    Versioned<String> c = put("c", "three");
    BatchResult<String, String> result =
        store()
            .writeAll(
                List.of(
                    Write.put("d", "new", Expected.absent()),
                    Write.put("b", "x", Expected.absent()),
                    Write.put("a", "one!", Expected.version(a.version())),
                    Write.delete("c", Expected.version(c.version())),
                    Write.delete("none", Expected.present()),
                    Write.delete("gone", Expected.any())));
    assertThat(result.isApplied()).isFalse();
    List<WriteResult<String>> answers = result.items().stream().map(i -> i.orThrow()).toList();
    assertThat(answers.get(0).current()).isEqualTo(store().get("d").orElseThrow());
    assertThat(answers.get(1)).isEqualTo(new WriteResult.Conflict<>(Expected.absent(), b));
    assertThat(answers.get(2).current()).isEqualTo(store().get("a").orElseThrow());
    assertThat(answers.get(3)).isEqualTo(new WriteResult.Applied<>(null));
    assertThat(answers.get(4)).isEqualTo(new WriteResult.Conflict<>(Expected.present(), null));
    assertThat(answers.get(5)).isEqualTo(new WriteResult.Applied<>(null));
    assertThat(store().get("c")).isEmpty();
  }

  @Test
  default void writeAll_nothing_isNothing() {
    assertThat(store().writeAll(List.of()).items()).isEmpty();
    assertThat(store().writeAll(List.of()).isApplied()).isTrue();
  }

  @Test
  default void writeAll_keyTwice_isRefusedAndChangesNothing() {
    Write<String, String> one = Write.put("a", "1", Expected.any());
    Write<String, String> two = Write.put("a", "2", Expected.any());
    assertThatThrownBy(() -> store().writeAll(List.of(one, two)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("twice");
    assertThat(store().get("a")).isEmpty();
  }

  @Test
  default void writeAll_oneKeyTooLong_isRefusedAndChangesNothing() {
    Write<String, String> good = Write.put("a", "1", Expected.any());
    Write<String, String> bad = Write.put("x".repeat(256), "2", Expected.any());
    assertThatThrownBy(() -> store().writeAll(List.of(good, bad)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(store().get("a")).isEmpty();
  }

  @Test
  default void commit_allHold_appliesAll() {
    Versioned<String> a = put("a", "one");
    Versioned<String> b = put("b", "two");
    Versioned<String> c = put("c", "three");
    Commit<String, String> commit =
        Commit.<String, String>empty()
            .read("c", c.version())
            .read("none", Expected.absent())
            .put("z", "new", Expected.absent())
            .put("a", "one!", Expected.version(a.version()))
            .delete("b", Expected.version(b.version()))
            .delete("gone", Expected.any());
    CommitResult<String, String> result = store().commit(commit);
    assertThat(result)
        .isEqualTo(
            new CommitResult.Applied<>(
                Map.of("z", store().get("z").orElseThrow(), "a", store().get("a").orElseThrow())));
    assertThat(store().get("a").orElseThrow().value()).isEqualTo("one!");
    assertThat(store().get("b")).isEmpty();
    assertThat(store().get("c")).contains(c);
    assertThat(store().get("gone")).isEmpty();
    assertThat(store().get("none")).isEmpty();
  }

  @Test
  default void commit_someFail_listsEachAndChangesNothing() {
    Versioned<String> a = put("a", "one");
    Versioned<String> b = put("b", "two");
    Versioned<String> c = put("c", "three");
    Commit<String, String> commit =
        Commit.<String, String>empty()
            .read("c", c.version() + 1)
            .read("none", Expected.present())
            .put("a", "one!", Expected.version(a.version()))
            .put("b", "x", Expected.absent())
            .put("new", "n", Expected.absent())
            .delete("gone", Expected.version(1));
    CommitResult<String, String> result = store().commit(commit);
    assertThat(result.isApplied()).isFalse();
    assertThat(result)
        .isEqualTo(
            new CommitResult.Conflicted<>(
                Map.of(
                    "c", new WriteResult.Conflict<>(Expected.version(c.version() + 1), c),
                    "none", new WriteResult.Conflict<>(Expected.present(), null),
                    "b", new WriteResult.Conflict<>(Expected.absent(), b),
                    "gone", new WriteResult.Conflict<>(Expected.version(1), null))));
    assertThat(store().getAll(List.of("a", "b", "c", "none", "new", "gone")))
        .containsExactlyInAnyOrderEntriesOf(Map.of("a", a, "b", b, "c", c));
  }

  @Test
  default void commit_onlyReads_checksThem() {
    Versioned<String> a = put("a", "one");
    Commit<String, String> right = Commit.<String, String>empty().read("a", a.version());
    Commit<String, String> wrong = Commit.<String, String>empty().read("a", a.version() + 1);
    assertThat(store().commit(right)).isEqualTo(new CommitResult.Applied<>(Map.of()));
    assertThat(store().commit(wrong).isApplied()).isFalse();
    assertThat(store().get("a")).contains(a);
  }

  @Test
  default void commit_nothing_isCommitted() {
    assertThat(store().commit(Commit.empty()).isApplied()).isTrue();
  }

  @Test
  default void commit_deleteAndCreateAgain_neverRepeatsAVersion() {
    long last = put("a", "one").version();
    for (int life = 0; life < 5; life++) {
      store().commit(Commit.<String, String>empty().delete("a", Expected.version(last)));
      store().commit(Commit.<String, String>empty().put("a", "again", Expected.absent()));
      long reborn = store().get("a").orElseThrow().version();
      assertThat(reborn).isGreaterThan(last);
      last = reborn;
    }
  }

  @Test
  default void commit_keyTooLong_isRefusedAndChangesNothing() {
    Commit<String, String> commit =
        Commit.<String, String>empty()
            .put("a", "1", Expected.any())
            .put("x".repeat(256), "2", Expected.any());
    assertThatThrownBy(() -> store().commit(commit)).isInstanceOf(IllegalArgumentException.class);
    assertThat(store().get("a")).isEmpty();
  }

  @Test
  default void commit_by_namesTheWriter() {
    store().by("ann").commit(Commit.<String, String>empty().put("a", "1", Expected.any()));
    assertThat(store().get("a").orElseThrow().updatedBy()).isEqualTo("ann");
  }
}
