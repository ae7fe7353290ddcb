/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.occ4j.Tag;
import org.occ4j.testkit.CapturedLog;

/** A loader that forgets its tags is warned of, once. */
@ResourceLock(Resources.SYSTEM_ERR)
class UntaggedLoaderTest {

  private static List<String> warnings(
      InMemoryCacheBuilder<String, String> builder, Consumer<TaggedCache<String, String>> use) {
    try (CapturedLog log = new CapturedLog();
        TaggedCache<String, String> cache = builder.build()) {
      use.accept(cache);
      return log.lines().filter(line -> line.contains("gave its value no tag")).toList();
    }
  }

  private static InMemoryCacheBuilder<String, String> builder() {
    return TaggedCache.builder("orders");
  }

  @Test
  void load_withoutATag_isWarnedOfOnce() {
    List<String> warnings =
        warnings(
            builder(),
            cache -> {
              cache.get("a", (key, context) -> "A");
              cache.get("b", (key, context) -> "B");
              cache.getAll(List.of("c", "d"), (keys, context) -> Map.of("c", "C", "d", "D"));
            });
    assertThat(warnings)
        .singleElement()
        .satisfies(line -> assertThat(line).contains("WARN", "Cache orders", "allowUntagged()"));
  }

  @Test
  void load_withoutATag_isWarnedOfOnceForEachCache() {
    for (int cache = 0; cache < 2; cache++) {
      assertThat(warnings(builder(), one -> one.get("a", (key, context) -> "A"))).hasSize(1);
    }
  }

  @Test
  void load_whichNeedsNoTag_isNotWarnedOf() {
    List<String> warnings =
        warnings(
            builder(),
            cache -> {
              cache.get("a", (key, context) -> null);
              cache.get(
                  "b",
                  (key, context) -> {
                    context.doNotCache();
                    return "B";
                  });
              cache.get(
                  "c",
                  (key, context) -> {
                    context.tag(Tag.of("order", 1));
                    return "C";
                  });
              cache.put("d", "D", Set.of(), cache.readPoint());
            });
    assertThat(warnings).isEmpty();
  }

  @Test
  void load_withoutATagThatWasAllowed_isNotWarnedOf() {
    assertThat(warnings(builder().allowUntagged(), cache -> cache.get("a", (key, it) -> "A")))
        .isEmpty();
  }
}
