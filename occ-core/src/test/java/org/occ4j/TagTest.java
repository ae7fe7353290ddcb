/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TagTest {

  static Stream<String> texts() {
    return Stream.of(
        "42",
        "aws:s3:::b",
        "::1",
        "",
        ":",
        "::",
        "a:",
        ":a",
        "\\",
        "\\\\",
        "\\:",
        ":\\",
        "\\e",
        "\\u0000",
        "\\h",
        "C:\\temp\\",
        "a\nb",
        "a\r\nb",
        "\u0000",
        "\u0001",
        "\u007f",
        "\u0085",
        "\u2028",
        " ",
        "a b",
        "caf\u00e9",
        "cafe\u0301",
        "\ud83d\ude00",
        "\ud83d",
        "\ude00\ud83d",
        "%3A",
        "x".repeat(1_000),
        "x".repeat(5_000),
        "x".repeat(5_001),
        ":".repeat(600));
  }

  @ParameterizedTest
  @MethodSource("texts")
  void of_anyTextAsId_isATagUnderItsTypeAlone(String id) {
    Tag tag = Tag.of("host", id);

    assertThat(tag.ancestors()).containsExactly(Tag.of("host"));
    assertThat(Tag.of(tag.name())).isEqualTo(tag);
    assertThat(Tag.of(tag.toString())).isEqualTo(tag);
    assertThat(tag.name().length()).isLessThanOrEqualTo(Tag.MAX_LENGTH);
    assertThat(tag.name().chars()).noneMatch(Character::isISOControl);
    // And it can have things under it.
    assertThat(Tag.of(tag.name(), "x").ancestors()).startsWith(tag);
  }

  @Test
  void of_differentTypesOrIds_areDifferentTags() {
    List<Tag> tags = new ArrayList<>();
    texts().map(id -> Tag.of("a", id)).forEach(tags::add);
    texts().map(id -> Tag.of("a:b", id)).forEach(tags::add);
    texts().map(id -> Tag.of("a", "b:" + id)).forEach(tags::add);
    tags.add(Tag.of("a"));
    tags.add(Tag.of("a:b"));

    assertThat(tags).doesNotHaveDuplicates();
    assertThat(tags.stream().map(Tag::name)).doesNotHaveDuplicates();
  }

  @Test
  void of_plainId_isSpelledAsTheName() {
    assertThat(Tag.of("task", 42)).isEqualTo(Tag.of("task:42")).hasToString("task:42");
    assertThat(Tag.of("host", "::1")).hasToString("host:\\:\\:1");
    assertThat(Tag.of("a:b:c").ancestors()).containsExactly(Tag.of("a:b"), Tag.of("a"));
    assertThat(Tag.of("a").ancestors()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ":",
        "a:",
        ":a",
        "a::b",
        "a\n",
        "\u0000",
        "a\\",
        "a\\x",
        "a\\u00G0",
        "a\\u00",
        "\ud83d"
      })
  void of_nameOutsideTheRules_isRefused(String name) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tag.of(name))
        .withMessageContaining("tag name");
  }

  @Test
  void of_overlongName_isRefusedWithoutRepeatingIt() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tag.of("x".repeat(100_000)))
        .withMessage("a tag name has 1 to 1024 characters, this one has 100000");
    assertThatNullPointerException().isThrownBy(() -> Tag.of("a", null)).withMessage("id");
  }

  @Test
  void ofKey_namesStoreAndKey() {
    assertThat(Tag.ofKey("task", "42").name()).isEqualTo("task:42");
    assertThat(Tag.ofKey("task", "42").ancestors()).containsExactly(Tag.of("task"));
    assertThat(Tag.ofAll("task").name()).isEqualTo("task:*:*");
    assertThat(Tag.ofAll("task").ancestors()).contains(Tag.of("task"));
  }

  @ParameterizedTest
  @MethodSource("texts")
  void ofKey_anyStoreAndKey_meetsNoOther(String text) {
    assertThat(Tag.ofKey(text, "1")).isNotEqualTo(Tag.ofKey(text, "2"));
    assertThat(Tag.ofKey(text, "1")).isNotEqualTo(Tag.ofKey(text + "1", "1"));
    assertThat(Tag.ofKey("task", text)).isNotEqualTo(Tag.ofAll("task"));
    assertThat(Tag.ofKey("task", text).ancestors()).containsExactly(Tag.of("task"));
    assertThat(Tag.ofKey(text, "1").ancestors()).hasSize(1);
    assertThat(Tag.ofAll(text)).isNotEqualTo(Tag.ofAll(text + ":"));
  }
}
