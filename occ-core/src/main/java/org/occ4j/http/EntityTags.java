/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.occ4j.Versioned;

/**
 * The value of an {@code If-Match} or {@code If-None-Match} header: any state ({@code *}), or a
 * list of entity tags.
 *
 * @param any whether it is {@code *}; then {@code tags} is empty
 * @param tags the tags in their order
 */
public record EntityTags(boolean any, List<EntityTag> tags) {

  /** The longest header value that is read, in characters. */
  public static final int MAX_LENGTH = 4_096;

  // One tag and what follows it up to the comma. Quoted ones end at the quote, so a comma or a
  // space may stand inside; after the quote some servers put the coding ("5"-gzip). Each part is a
  // possessive run over a class that excludes what follows, so that matching takes linear time.
  private static final Pattern TAG =
      Pattern.compile(
          "(?<weak>[Ww]/)?+(?:\"(?<quoted>[^\"]*+)\"(?<suffix>[-;a-z]*+)|(?<bare>[^\",\\s*]++))");

  private static final Pattern SEPARATOR = Pattern.compile("[ \\t]*+(?:,[ \\t]*+)*+");

  /** Copies the list; refuses a list beside {@code *}, and neither. */
  public EntityTags {
    tags = List.copyOf(tags);
    if (any == !tags.isEmpty()) {
      throw new IllegalArgumentException("either any entity tag or a list of them");
    }
  }

  /**
   * Reads a header's value; several header lines are joined by commas first (RFC 9110, section
   * 5.3).
   *
   * @throws IllegalArgumentException if it is not a list of entity tags, is empty, or is longer
   *     than {@value #MAX_LENGTH} characters; the message is fit to be shown to the client
   */
  public static EntityTags parse(String value) {
    Objects.requireNonNull(value, "value");
    if (value.length() > MAX_LENGTH) {
      throw new IllegalArgumentException(
          "a list of entity tags has at most " + MAX_LENGTH + " characters");
    }
    String text = value.strip();
    return text.equals("*") ? new EntityTags(true, List.of()) : new EntityTags(false, list(text));
  }

  private static List<EntityTag> list(String text) {
    List<EntityTag> tags = new ArrayList<>();
    Matcher tag = TAG.matcher(text);
    Matcher separator = SEPARATOR.matcher(text);
    int at = skip(separator, text, 0);
    while (at < text.length()) {
      if (!tag.region(at, text.length()).lookingAt()) {
        throw malformed();
      }
      tags.add(read(tag));
      at = skip(separator, text, tag.end());
      if (at < text.length() && text.substring(tag.end(), at).indexOf(',') < 0) {
        throw malformed();
      }
    }
    if (tags.isEmpty()) {
      throw malformed();
    }
    return tags;
  }

  /** Where the blanks and commas that start at {@code from} end. */
  private static int skip(Matcher separator, String text, int from) {
    return separator.region(from, text.length()).lookingAt() ? separator.end() : from;
  }

  private static EntityTag read(Matcher tag) {
    boolean weak = tag.group("weak") != null;
    String quoted = tag.group("quoted");
    if (quoted != null) {
      return new EntityTag(quoted + tag.group("suffix"), weak);
    }
    // Clients that lose the quotes are forgiven where the tag is surely ours.
    EntityTag bare = new EntityTag(tag.group("bare"), weak);
    if (bare.version().isEmpty()) {
      throw malformed();
    }
    return bare;
  }

  private static IllegalArgumentException malformed() {
    return new IllegalArgumentException("not a list of entity tags such as \"5\"");
  }

  /** The versions that the tags name; those of other servers name none. */
  List<Long> versions() {
    return tags.stream()
        .map(EntityTag::version)
        .flatMapToLong(OptionalLong::stream)
        .boxed()
        .toList();
  }

  /**
   * Whether one of the tags names this state, or any state will do: what a conditional read needs
   * to answer 304 (RFC 9110, section 13.1.2).
   */
  public boolean matches(Versioned<?> current) {
    return any || versions().contains(current.version());
  }
}
