/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.change;

import java.util.Objects;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A place in a change feed: everything up to it has been committed.
 *
 * <p>A token is opaque: hand it to another node to ask whether that node has caught up ({@link
 * ChangeFeed#awaitApplied}). Tokens of different incarnations of a feed (another database, or one
 * restored from a backup) cannot be compared.
 *
 * <p>Its text ({@link #toString}, {@link #parse}) goes into a header or a cookie as it is: a UUID,
 * a dot and a number, at most 56 characters of {@code [0-9a-f.-]}. It tells who sees it how many
 * changes there were, and a made-up one costs its reader the time that reads wait for a token, so
 * hand out and take in tokens where versions are.
 *
 * @param incarnation which life of which feed
 * @param position the place in it, zero or more
 */
public record ChangeToken(UUID incarnation, long position) {

  private static final Pattern TEXT =
      Pattern.compile(
          "([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\\.(0|[1-9][0-9]{0,18})");

  private static final int MAX_SHOWN = 60;

  /** Refuses a null incarnation and a negative position. */
  public ChangeToken {
    Objects.requireNonNull(incarnation, "incarnation");
    if (position < 0) {
      throw new IllegalArgumentException("position must not be negative: " + position);
    }
  }

  /**
   * The token of a text that {@link #toString} made.
   *
   * @throws IllegalArgumentException if it is no such text, to the letter
   */
  public static ChangeToken parse(String text) {
    Matcher parts = TEXT.matcher(text);
    if (!parts.matches()) {
      throw notAToken(text, null);
    }
    try {
      return new ChangeToken(UUID.fromString(parts.group(1)), Long.parseLong(parts.group(2)));
    } catch (NumberFormatException tooGreat) {
      throw notAToken(text, tooGreat);
    }
  }

  private static IllegalArgumentException notAToken(String text, @Nullable Exception cause) {
    String shown = text.length() > MAX_SHOWN ? text.substring(0, MAX_SHOWN) + "..." : text;
    return new IllegalArgumentException("not a change token: " + shown, cause);
  }

  /** The incarnation, a dot and the position; {@link #parse} reads it. */
  @Override
  public String toString() {
    return incarnation + "." + position;
  }
}
