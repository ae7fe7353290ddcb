/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.http;

import java.util.Objects;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * One entity tag (RFC 9110, section 8.8.3), read with the tolerance that proxies make necessary.
 *
 * <p>A server that compresses may mark the tag that it passes on: Apache writes {@code "5-gzip"},
 * Jetty {@code "5--gzip"}, others {@code "5;gzip"}, and nginx turns {@code "5"} into {@code W/"5"}.
 * The client sends back what it got, so a strict reader would see a conflict on every compressed
 * answer. The suffix is therefore dropped when a tag is read, and {@link #version()} does not ask
 * whether the tag is weak: our tags name a state of a row, not the bytes of one answer.
 *
 * @param opaque what stands between the quotes, without the suffix of a compressing server
 * @param weak whether it was marked {@code W/}
 */
public record EntityTag(String opaque, boolean weak) {

  /** What compressing servers add, each: up to two dashes or a semicolon, and the coding's name. */
  private static final Pattern CODING = Pattern.compile("(?:(?:--?|;)(?:gzip|br|deflate|zstd))+$");

  /** A number as {@code Long.toString} writes it; {@code "007"} is not our tag. */
  private static final Pattern VERSION = Pattern.compile("0|[1-9][0-9]{0,18}");

  /** Drops the suffix of a compressing server; refuses null. */
  public EntityTag {
    Objects.requireNonNull(opaque, "opaque");
    opaque = CODING.matcher(opaque).replaceFirst("");
  }

  /** The version that this tag names, or empty if the tag is not one of ours. */
  public OptionalLong version() {
    return version(opaque);
  }

  /** The version that these digits are, or empty if they are not exactly how we write one. */
  static OptionalLong version(String digits) {
    if (!VERSION.matcher(digits).matches()) {
      return OptionalLong.empty();
    }
    try {
      return OptionalLong.of(Long.parseLong(digits));
    } catch (NumberFormatException nineteenDigitsTooLarge) {
      return OptionalLong.empty();
    }
  }

  /** The tag as it is written in a header. */
  @Override
  public String toString() {
    return (weak ? "W/" : "") + '"' + opaque + '"';
  }
}
