/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A name under which cached values are invalidated together.
 *
 * <p>Names form a hierarchy by colons: {@code task:42} lies under {@code task}. A value tagged with
 * a name is also reached by an invalidation of each of its {@linkplain #ancestors() ancestors};
 * invalidating {@code task:42} leaves values tagged with only {@code task} alone.
 *
 * <p>Tags compare by their exact characters; they are a space of their own and never meet keys or
 * cache names that happen to be spelled alike.
 *
 * @param name 1 to 255 characters, no empty part before, between or after colons, no control
 *     characters
 */
public record Tag(String name) implements Comparable<Tag> {

  /** The longest name, in characters. */
  public static final int MAX_LENGTH = 255;

  private static final char SEPARATOR = ':';

  /** Refuses a name outside the rules above. */
  public Tag {
    Objects.requireNonNull(name, "tag name");
    if (name.isEmpty() || name.length() > MAX_LENGTH) {
      throw new IllegalArgumentException(
          "a tag name has 1 to " + MAX_LENGTH + " characters, this one has " + name.length());
    }
    if (name.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException("control character in tag name: " + name);
    }
    if (name.charAt(0) == SEPARATOR
        || name.charAt(name.length() - 1) == SEPARATOR
        || name.contains("::")) {
      throw new IllegalArgumentException("empty part in tag name: " + name);
    }
  }

  /** The tag with this name. */
  public static Tag of(String name) {
    return new Tag(name);
  }

  /** The tag {@code type:id}: one thing of a type, whose ancestor is the type. */
  public static Tag of(String type, Object id) {
    return new Tag(type + SEPARATOR + Objects.requireNonNull(id, "id"));
  }

  /** The tags above this one, nearest first: {@code a:b:c} has {@code a:b} and {@code a}. */
  public List<Tag> ancestors() {
    List<Tag> above = new ArrayList<>();
    for (int end = name.lastIndexOf(SEPARATOR);
        end > 0;
        end = name.lastIndexOf(SEPARATOR, end - 1)) {
      above.add(new Tag(name.substring(0, end)));
    }
    return List.copyOf(above);
  }

  /** Order by name, so that rows can be written in one order everywhere. */
  @Override
  public int compareTo(Tag other) {
    return name.compareTo(other.name);
  }

  @Override
  public String toString() {
    return name;
  }
}
