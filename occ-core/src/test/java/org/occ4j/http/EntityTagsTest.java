/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.occ4j.Versioned;

class EntityTagsTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"5\"",
        " \"5\" ",
        "W/\"5\"",
        "w/\"5\"",
        "5",
        "W/5",
        "\"5-gzip\"",
        "\"5--gzip\"",
        "\"5;gzip\"",
        "W/\"5-gzip\"",
        "\"5\"-gzip",
        "\"5\";gzip",
        "5-gzip",
        "5--gzip",
        "5;gzip",
        "\"5-br\"",
        "\"5-deflate\"",
        "\"5-zstd\""
      })
  void parse_spellingThatProxiesAndClientsMake_namesTheVersion(String value) {
    assertThat(EntityTags.parse(value).tags())
        .singleElement()
        .extracting(EntityTag::version)
        .isEqualTo(OptionalLong.of(5));
  }

  @ParameterizedTest
  @CsvSource({
    "'\"a\", \"5\"', 2",
    "'\"a\",\"5\"', 2",
    "'W/\"1\", 2 ,\"3-gzip\"', 3",
    "'\"a,b\", \"c d\"', 2",
    "', \"5\",, \"6\" ,', 2",
  })
  void parse_list_readsEachTag(String value, int count) {
    assertThat(EntityTags.parse(value).tags()).hasSize(count);
  }

  @Test
  void parse_star_isAny() {
    assertThat(EntityTags.parse(" * ").any()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        ",",
        "\"5",
        "5\"",
        "\"5\" \"6\"",
        "\"5\"x7",
        "*, \"5\"",
        "\"5\", *",
        "W/",
        "**",
        "5 6"
      })
  void parse_anythingElse_isRefused(String value) {
    assertThatThrownBy(() -> EntityTags.parse(value)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void parse_overlongValue_isRefusedWithoutRepeatingIt() {
    assertThatThrownBy(() -> EntityTags.parse("\"" + "9".repeat(5_000) + "\""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageNotContaining("999");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "abc",
        "-5",
        "+5",
        "007",
        "5.0",
        "9223372036854775808",
        "99999999999999999999"
      })
  void version_tagOfAnotherServer_isEmpty(String opaque) {
    assertThat(new EntityTag(opaque, false).version()).isEmpty();
  }

  @Test
  void version_wholeRange_isRead() {
    assertThat(new EntityTag("0", false).version()).hasValue(0);
    assertThat(new EntityTag("9223372036854775807", false).version()).hasValue(Long.MAX_VALUE);
  }

  @Test
  void toString_roundTripsWhatVersionedWrites() {
    String etag = new Versioned<>("v", 42, null, null).etag();
    assertThat(EntityTags.parse(etag).tags().get(0)).hasToString(etag);
    assertThat(EntityTags.parse("W/" + etag).tags().get(0)).hasToString("W/" + etag);
  }

  @Test
  void matches_anyOrOneOfTheTags() {
    Versioned<String> current = new Versioned<>("v", 5, null, null);
    assertThat(EntityTags.parse("*").matches(current)).isTrue();
    assertThat(EntityTags.parse("\"4\", W/\"5\"").matches(current)).isTrue();
    assertThat(EntityTags.parse("\"4\", \"abc\"").matches(current)).isFalse();
  }

  @Test
  void constructor_anyBesideAListOrNeither_isRefused() {
    EntityTag tag = new EntityTag("5", false);
    assertThatThrownBy(() -> new EntityTags(true, List.of(tag)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new EntityTags(false, List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
