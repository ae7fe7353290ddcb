/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.occ4j.merge.FieldChange;
import org.occ4j.merge.MergeResult;
import org.occ4j.merge.Merger;
import org.occ4j.merge.MergerBuilder;
import org.occ4j.merge.TextMerge;

/** Java and the page's JavaScript merge alike: one file of cases, run by both. */
class MergeVectorsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TestFactory
  Stream<DynamicTest> values() throws IOException {
    return cases("values")
        .map(each -> DynamicTest.dynamicTest(each.path("name").asText(), () -> checkValue(each)));
  }

  @TestFactory
  Stream<DynamicTest> merges() throws IOException {
    return cases("merges")
        .map(each -> DynamicTest.dynamicTest(each.path("name").asText(), () -> checkMerge(each)));
  }

  @TestFactory
  Stream<DynamicTest> texts() throws IOException {
    return cases("texts")
        .map(each -> DynamicTest.dynamicTest(each.path("name").asText(), () -> checkText(each)));
  }

  @TestFactory
  Stream<DynamicTest> collections() throws IOException {
    return cases("collections")
        .map(
            each ->
                DynamicTest.dynamicTest(each.path("name").asText(), () -> checkCollection(each)));
  }

  private static Stream<JsonNode> cases(String kind) throws IOException {
    JsonNode vectors = JSON.readTree(Path.of("src/test/js/merge-vectors.json").toFile());
    return StreamSupport.stream(vectors.path(kind).spliterator(), false);
  }

  private static void checkValue(JsonNode each) {
    Map<String, Object> one = Collections.singletonMap("it", plain(each.path("one")));
    Map<String, Object> other = Collections.singletonMap("it", plain(each.path("other")));
    boolean same = each.path("same").asBoolean();
    assertThat(merger(each).changes(null, one, other).isEmpty()).isEqualTo(same);
    assertThat(merger(each).changes(null, other, one).isEmpty()).isEqualTo(same);
  }

  private static void checkMerge(JsonNode each) {
    MergeResult<Map<String, Object>> result =
        merger(each).merge(fields(each, "base"), fields(each, "mine"), fields(each, "theirs"));
    assertThat(merger(each).changes(null, fields(each, "merged"), result.value())).isEmpty();
    assertThat(overlaps(result)).isEqualTo(plain(each.path("overlaps")));
  }

  static List<String> overlaps(MergeResult<Map<String, Object>> result) {
    return result instanceof MergeResult.Overlapping<Map<String, Object>> overlapping
        ? overlapping.overlaps().stream().map(FieldChange::path).toList()
        : List.of();
  }

  private static void checkCollection(JsonNode each) {
    MergeResult<Map<String, Object>> result =
        ruled(each).merge(fields(each, "base"), fields(each, "mine"), fields(each, "theirs"));
    // The plain merger of this case sees the order of lists.
    assertThat(merger(each).changes(null, fields(each, "merged"), result.value())).isEmpty();
    assertThat(overlaps(result)).isEqualTo(plain(each.path("overlaps")));
  }

  private static Merger<Map<String, Object>> ruled(JsonNode each) {
    MergerBuilder<Map<String, Object>> builder = Merger.mapBuilder();
    if (each.path("absentIsNull").asBoolean()) {
      builder.absentIsNull();
    }
    each.path("rules").properties().forEach(rule -> rule(builder, rule.getKey(), rule.getValue()));
    each.path("text").fieldNames().forEachRemaining(builder::textByWords);
    return builder.build();
  }

  static void rule(MergerBuilder<?> builder, String path, JsonNode rule) {
    if (rule.isObject()) {
      String id = rule.path("keyed").asText();
      builder.keyed(path, Map.class, element -> element.get(id));
    } else if (rule.asText().equals("set")) {
      builder.asSet(path);
    } else if (rule.asText().equals("counter")) {
      builder.counter(path);
    } else {
      // A merger of maps merges them within without being told.
      assertThat(rule.asText()).isEqualTo("fields");
    }
  }

  private static void checkText(JsonNode each) {
    String base = each.path("base").asText();
    String mine = each.path("mine").asText();
    String theirs = each.path("theirs").asText();
    boolean words = each.path("unit").asText().equals("words");
    TextMerge merge =
        words ? TextMerge.byWords(base, mine, theirs) : TextMerge.byLines(base, mine, theirs);
    String merged = each.path("merged").asText();
    assertThat(merge.withMine()).isEqualTo(merged);
    assertThat(merge.withTheirs()).isEqualTo(each.path("theirsMerged").asText(merged));
    assertThat(merge.isMerged()).isNotEqualTo(each.has("theirsMerged"));

    var builder = Merger.mapBuilder();
    var merger = (words ? builder.textByWords("it") : builder.textByLines("it")).build();
    var result = merger.merge(Map.of("it", base), Map.of("it", mine), Map.of("it", theirs));
    assertThat(result.value()).isEqualTo(Map.of("it", merged));
    assertThat(result.isMerged()).isNotEqualTo(each.has("theirsMerged"));
  }

  private static Merger<Map<String, Object>> merger(JsonNode each) {
    return each.path("absentIsNull").asBoolean()
        ? Merger.mapBuilder().absentIsNull().build()
        : Merger.maps();
  }

  private static Map<String, Object> fields(JsonNode each, String side) {
    return JSON.convertValue(each.path(side), new TypeReference<>() {});
  }

  private static Object plain(JsonNode value) {
    return JSON.convertValue(value, Object.class);
  }
}
