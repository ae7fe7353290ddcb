/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.occ4j.Expected;
import org.occ4j.Versioned;
import org.occ4j.store.Page;
import org.occ4j.store.Scan;
import org.occ4j.store.VersionedStore;

/** What a store promises of scans. */
public interface StoreScanContract {

  /** The store under test, empty at the start of each test. */
  VersionedStore<String, String> store();

  /** Keys whose order by bytes is that of no collation, and of UTF-16 neither. */
  List<String> KEYS =
      List.of("b", "a", "B", "A", "a ", "ab", "ä", "z", "\uff61", "𐐷", "", "a\u0000", "~", "ß");

  private List<String> fill() {
    for (String key : KEYS) {
      store().put(key, "of " + key, Expected.absent());
    }
    return KEYS.stream()
        .sorted(
            Comparator.comparing(
                key -> key.getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned))
        .toList();
  }

  private List<String> keysOf(Page<String, String> page) {
    return page.entries().stream().map(Page.Entry::key).toList();
  }

  @Test
  default void scan_emptyStore_isOneEmptyPage() {
    assertThat(store().scan(Scan.all(10))).isEqualTo(new Page<>(List.of(), null));
  }

  @Test
  default void scan_all_isInByteOrder() {
    List<String> sorted = fill();
    Page<String, String> page = store().scan(Scan.all(Scan.MAX_LIMIT));
    assertThat(keysOf(page)).containsExactlyElementsOf(sorted);
    assertThat(page.next()).isNull();
    for (Page.Entry<String, String> entry : page.entries()) {
      assertThat(store().get(entry.key())).contains(entry.state());
    }
  }

  @Test
  default void scan_inPages_comesToTheSame() {
    List<String> sorted = fill();
    for (int limit = 1; limit <= sorted.size() + 1; limit++) {
      List<String> keys = new ArrayList<>();
      @Nullable Scan<String> scan = Scan.all(limit);
      while (scan != null) {
        Page<String, String> page = store().scan(scan);
        assertThat(page.entries()).hasSizeBetween(1, limit);
        keys.addAll(keysOf(page));
        scan = page.next();
      }
      assertThat(keys).as("limit %s", limit).containsExactlyElementsOf(sorted);
    }
  }

  @Test
  default void scan_exactlyFullPage_saysWhetherItIsTheLast() {
    List<String> sorted = fill();
    assertThat(store().scan(Scan.all(sorted.size())).next()).isNull();
    assertThat(store().scan(Scan.all(sorted.size() - 1)).next()).isNotNull();
  }

  @Test
  default void scan_bounds_areAfterAndThrough() {
    List<String> sorted = fill();
    for (int from = 0; from < sorted.size(); from++) {
      for (int to = from; to < sorted.size(); to++) {
        Scan<String> scan = Scan.<String>all(100).after(sorted.get(from)).through(sorted.get(to));
        assertThat(keysOf(store().scan(scan)))
            .containsExactlyElementsOf(sorted.subList(from + 1, to + 1));
      }
    }
  }

  @Test
  default void scan_boundsThatAreNoKeys_work() {
    fill();
    Scan<String> scan = Scan.<String>all(100).after("a\u0000\u0000").through("aa");
    assertThat(keysOf(store().scan(scan))).containsExactly("a ");
  }

  @Test
  default void scan_boundsTheWrongWayRound_findNothing() {
    fill();
    assertThat(store().scan(Scan.<String>all(10).after("b").through("a")).entries()).isEmpty();
  }

  @Test
  default void scan_deletedKeys_areNotSeen() {
    fill();
    store().delete("a", Expected.any());
    assertThat(keysOf(store().scan(Scan.all(100)))).doesNotContain("a").contains("A", "a ");
  }

  @Test
  default void scan_seesTheLatestState() {
    fill();
    Versioned<String> latest = store().put("a", "new", Expected.any()).current();
    Scan<String> onlyA = Scan.<String>all(1).after("Z").through("a");
    assertThat(store().scan(onlyA).entries())
        .containsExactly(new Page.Entry<>("a", java.util.Objects.requireNonNull(latest)));
  }

  /** Beginnings of some keys, of all, of none, and such that the next text is far away. */
  List<String> BEGINNINGS =
      List.of("", "a", "A", "b", "ä", "a\u0000", "aa", "\uff61", "𐐷", "~", "%");

  @Test
  default void scan_startingWith_findsWhatBeginsSoToTheByte() {
    List<String> sorted = fill();
    for (String beginning : BEGINNINGS) {
      List<String> wanted = sorted.stream().filter(key -> key.startsWith(beginning)).toList();
      Scan<String> scan = Scan.<String>all(100).startingWith(beginning);
      assertThat(keysOf(store().scan(scan))).as(beginning).containsExactlyElementsOf(wanted);
      assertThat(keysOf(store().scan(scan.after("a").through("ab"))))
          .containsExactlyElementsOf(
              wanted.stream().filter(List.of("a\u0000", "a ", "ab")::contains).toList());
    }
  }

  @Test
  default void scan_startingWithInPages_comesToTheSame() {
    fill();
    List<String> keys = new ArrayList<>();
    for (@Nullable Scan<String> scan = Scan.<String>all(1).startingWith("a"); scan != null; ) {
      Page<String, String> page = store().scan(scan);
      keys.addAll(keysOf(page));
      scan = page.next();
    }
    assertThat(keys).containsExactly("a", "a\u0000", "a ", "ab");
  }

  @Test
  default void scan_startingWithWhatNoKeyCan_isRefused() {
    assertThatThrownBy(() -> store().scan(Scan.<String>all(1).startingWith(7)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> store().scan(Scan.<String>all(1).startingWith("a", "b")))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  default void scan_boundTooLong_isRefused() {
    assertThatThrownBy(() -> store().scan(Scan.<String>all(1).after("x".repeat(256))))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
