/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;
import org.occ4j.merge.MergeResult;
import org.occ4j.merge.Merger;

/**
 * Random edits of sets, counters and keyed lists: none is lost without an overlap, and {@code
 * occ-collections.test.mjs} draws the same ones and gets the same results, of which both know the
 * digest.
 */
class RandomMergesTest {
  private final Merger<Map<String, Object>> merger =
      Merger.mapBuilder()
          .asSet("tags")
          .counter("votes")
          .keyed("items", Map.class, item -> item.get("id"))
          .build();

  @Test
  void merge_randomEdits_loseNothingWithoutAnOverlap_andAreThoseOfJavaScript() throws Exception {
    List<String> lines = new ArrayList<>();
    for (int seed = 0; seed < 2_000; seed++) {
      IntUnaryOperator random = seeded(seed);
      Map<String, Object> base = document(random);
      Map<String, Object> mine = edited(base, "m", random);
      Map<String, Object> theirs = edited(base, "t", random);
      MergeResult<Map<String, Object>> result = merger.merge(base, mine, theirs);
      try {
        checkMembers(base, mine, theirs, result.value());
        checkItems(base, mine, theirs, result);
        checkMirror(result, merger.merge(base, theirs, mine));
      } catch (AssertionError broken) {
        throw new AssertionError("seed " + seed + ": " + base + mine + theirs + result, broken);
      }
      lines.add(line(result));
    }
    assertThat(lines.stream().filter(line -> line.endsWith("|")).count()).isBetween(200L, 1_800L);
    assertThat(digest(lines))
        .isEqualTo(
            new ObjectMapper()
                .readTree(Path.of("src/test/js/merge-vectors.json").toFile())
                .path("randomDigest")
                .asText());
  }

  private static String digest(List<String> lines) throws Exception {
    byte[] text = String.join("\n", lines).getBytes(StandardCharsets.UTF_8);
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text));
  }

  private static String line(MergeResult<Map<String, Object>> result) {
    List<String> items = new ArrayList<>();
    for (Map<String, Object> item : items(result.value())) {
      items.add(item.get("id") + ":" + item.get("p") + ":" + item.getOrDefault("q", "-"));
    }
    return String.join(
        "|",
        String.join(",", tags(result.value())),
        String.valueOf(result.value().get("votes")),
        String.join(",", items),
        String.join(",", MergeVectorsTest.overlaps(result)));
  }

  // The laws.

  private static void checkMembers(
      Map<String, Object> base,
      Map<String, Object> mine,
      Map<String, Object> theirs,
      Map<String, Object> merged) {
    Set<String> expected = new TreeSet<>(common(common(tags(base), tags(mine)), tags(theirs)));
    for (List<String> side : List.of(tags(mine), tags(theirs))) {
      side.stream().filter(tag -> !tags(base).contains(tag)).forEach(expected::add);
    }
    assertThat(tags(merged)).containsExactlyInAnyOrderElementsOf(expected);
    assertThat(merged.get("votes")).isEqualTo(votes(mine) + votes(theirs) - votes(base));
  }

  private static void checkItems(
      Map<String, Object> base,
      Map<String, Object> mine,
      Map<String, Object> theirs,
      MergeResult<Map<String, Object>> result) {
    List<String> overlaps = MergeVectorsTest.overlaps(result);
    Set<String> ids = new TreeSet<>(ids(base));
    ids.addAll(ids(mine));
    ids.addAll(ids(theirs));
    for (String id : ids) {
      Map<String, Object> b = item(base, id);
      Map<String, Object> m = item(mine, id);
      Map<String, Object> t = item(theirs, id);
      Map<String, Object> merged = item(result.value(), id);
      if (b == null || m == null || t == null) {
        checkValue(b, m, t, merged, overlaps.contains("items[" + id + "]"));
      } else {
        for (String name : List.of("p", "q")) {
          boolean overlap = overlaps.contains("items[" + id + "]." + name);
          checkValue(b.get(name), m.get(name), t.get(name), merged.get(name), overlap);
        }
      }
    }
    checkOrder(ids(base), ids(mine), ids(theirs), ids(result.value()), overlaps.contains("items"));
  }

  private static void checkValue(
      Object base, Object mine, Object theirs, Object merged, boolean overlap) {
    boolean mineIsUntouched = Objects.equals(mine, base);
    boolean alike = mineIsUntouched || Objects.equals(theirs, base) || Objects.equals(mine, theirs);
    assertThat(overlap).isNotEqualTo(alike);
    assertThat(merged).isEqualTo(mineIsUntouched ? theirs : mine);
  }

  private static void checkOrder(
      List<String> base,
      List<String> mine,
      List<String> theirs,
      List<String> merged,
      boolean overlap) {
    List<String> left = common(common(mine, theirs), base);
    List<String> right = common(common(theirs, mine), base);
    List<String> before = common(common(base, mine), theirs);
    boolean mineMoved = !left.equals(before);
    boolean theirsMoved = !right.equals(before);
    assertThat(overlap).isEqualTo(mineMoved && theirsMoved && !left.equals(right));
    if (mineMoved || !theirsMoved) {
      assertThat(common(merged, mine)).isEqualTo(common(mine, merged));
    }
    if (!mineMoved) {
      assertThat(common(merged, theirs)).isEqualTo(common(theirs, merged));
    }
  }

  private static void checkMirror(
      MergeResult<Map<String, Object>> result, MergeResult<Map<String, Object>> mirrored) {
    assertThat(MergeVectorsTest.overlaps(mirrored))
        .containsExactlyInAnyOrderElementsOf(MergeVectorsTest.overlaps(result));
    if (result.isMerged()) {
      assertThat(tags(mirrored.value())).containsExactlyInAnyOrderElementsOf(tags(result.value()));
      assertThat(items(mirrored.value()))
          .containsExactlyInAnyOrderElementsOf(items(result.value()));
      assertThat(mirrored.value().get("votes")).isEqualTo(result.value().get("votes"));
    }
  }

  // The edits; the calls of random are those of occ-collections.test.mjs, one for one.

  private static Map<String, Object> document(IntUnaryOperator random) {
    List<String> tags = first(List.of("a", "b", "c", "d"), random);
    int votes = random.applyAsInt(10);
    List<Map<String, Object>> items = new ArrayList<>();
    first(List.of("a", "b", "c", "d", "e"), random).forEach(id -> items.add(item(id)));
    return Map.of("tags", tags, "votes", votes, "items", items);
  }

  private static List<String> first(List<String> letters, IntUnaryOperator random) {
    return letters.subList(0, random.applyAsInt(letters.size() + 1));
  }

  private static Map<String, Object> item(String id) {
    // Not Map.of, whose order is another one in each JVM: overlaps are listed in it.
    Map<String, Object> item = new LinkedHashMap<>();
    item.put("id", id);
    item.put("p", 0);
    item.put("q", 0);
    return item;
  }

  private static Map<String, Object> edited(
      Map<String, Object> base, String who, IntUnaryOperator random) {
    List<String> tags = new ArrayList<>(tags(base));
    tags.removeIf(tag -> random.applyAsInt(4) == 0);
    for (int at = random.applyAsInt(3); at > 0; at--) {
      tags.add(who + at);
    }
    if (random.applyAsInt(4) == 0) {
      tags.add("both");
    }
    int votes = votes(base) + random.applyAsInt(5) - 2;
    return Map.of("tags", tags, "votes", votes, "items", editedItems(items(base), who, random));
  }

  private static List<Map<String, Object>> editedItems(
      List<Map<String, Object>> base, String who, IntUnaryOperator random) {
    List<Map<String, Object>> items = new ArrayList<>(base);
    if (random.applyAsInt(3) == 0) {
      for (int at = items.size() - 1; at > 0; at--) {
        Collections.swap(items, at, random.applyAsInt(at + 1));
      }
    }
    items.removeIf(item -> random.applyAsInt(6) == 0);
    items.replaceAll(item -> changed(item, random));
    for (int at = random.applyAsInt(3); at > 0; at--) {
      items.add(random.applyAsInt(items.size() + 1), item(who + at));
    }
    return items;
  }

  private static Map<String, Object> changed(Map<String, Object> item, IntUnaryOperator random) {
    Map<String, Object> copy = new LinkedHashMap<>(item);
    if (random.applyAsInt(4) == 0) {
      copy.put("p", 1 + random.applyAsInt(2));
    }
    if (random.applyAsInt(4) == 0) {
      int q = 1 + random.applyAsInt(2);
      copy.put("q", q);
      if (q == 2) {
        copy.remove("q");
      }
    }
    return copy;
  }

  /** The same numbers for the same seed, in both languages (mulberry32). */
  private static IntUnaryOperator seeded(int seed) {
    int[] state = {seed + 1};
    return below -> {
      state[0] += 0x6d2b79f5;
      int mixed = (state[0] ^ (state[0] >>> 15)) * (1 | state[0]);
      mixed = (mixed + (mixed ^ (mixed >>> 7)) * (61 | mixed)) ^ mixed;
      return Integer.remainderUnsigned(mixed ^ (mixed >>> 14), below);
    };
  }

  @SuppressWarnings("unchecked") // documents of this test
  private static List<String> tags(Map<String, Object> document) {
    return (List<String>) document.get("tags");
  }

  @SuppressWarnings("unchecked") // documents of this test
  private static List<Map<String, Object>> items(Map<String, Object> document) {
    return (List<Map<String, Object>>) document.get("items");
  }

  private static int votes(Map<String, Object> document) {
    return (Integer) document.get("votes");
  }

  private static List<String> ids(Map<String, Object> document) {
    return items(document).stream().map(item -> (String) item.get("id")).toList();
  }

  private static Map<String, Object> item(Map<String, Object> document, String id) {
    return items(document).stream()
        .filter(item -> item.get("id").equals(id))
        .findFirst()
        .orElse(null);
  }

  private static List<String> common(List<String> ids, List<String> others) {
    return ids.stream().filter(others::contains).toList();
  }
}
