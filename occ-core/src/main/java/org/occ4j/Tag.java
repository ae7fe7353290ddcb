/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.occ4j.internal.LengthPrefixed;

/**
 * A name under which cached values are invalidated together.
 *
 * <p>Names form a hierarchy by colons: {@code task:42} lies under {@code task}. A value tagged with
 * a name is also reached by an invalidation of each of its {@linkplain #ancestors() ancestors};
 * invalidating {@code task:42} leaves values tagged with only {@code task} alone.
 *
 * <p>Any text can be the id of a thing ({@link #of(String, Object)}): what would not be a part of a
 * name is written by an escape, so that different types and ids never have one name. {@code
 * Tag.of("host", "::1")} has the name {@code host:\:\:1} and one ancestor, {@code host}.
 *
 * <p>Tags compare by the exact characters of their names; {@code Tag.of(tag.name())} is the tag.
 * They are a space of their own and never meet keys or cache names that happen to be spelled alike.
 *
 * @param name 1 to 1,024 characters, as parts with colons between; no part is empty, and none has
 *     control characters or half a surrogate pair. A backslash begins an escape: {@code \\}, {@code
 *     \:}, {@code \e} for an empty part, {@code \}{@code u} and four hex digits, {@code \h} and 64
 *     for the SHA-256 of an id that has no room
 */
public record Tag(String name) implements Comparable<Tag> {

  /** The longest name, in characters. */
  public static final int MAX_LENGTH = 1_024;

  private static final char SEPARATOR = ':';

  /** Three parts where a key's tag has two, so it is no key's. */
  private static final String ALL = ":*:*";

  private static final char ESCAPE = '\\';

  /** Refuses a name outside the rules above. */
  public Tag {
    Objects.requireNonNull(name, "tag name");
    if (name.isEmpty() || name.length() > MAX_LENGTH) {
      throw new IllegalArgumentException(
          "a tag name has 1 to " + MAX_LENGTH + " characters, this one has " + name.length());
    }
    if (!isName(name)) {
      throw new IllegalArgumentException(
          "not a tag name: \""
              + escaped(name)
              + "\" (written with escapes) has an empty part, a control character, half a surrogate"
              + " pair, or a backslash that begins no escape; Tag.of(type, id) takes any text as id");
    }
  }

  private static boolean isName(String name) {
    int part = 0; // where it begins
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if ((c == SEPARATOR && i == part) || Character.isISOControl(c)) {
        return false;
      }
      if (c == SEPARATOR) {
        part = i + 1;
      } else if (c == ESCAPE) {
        int length = escapeLength(name, i);
        if (length == 0) {
          return false;
        }
        i += length - 1;
      } else if (isPair(name, i)) {
        i++;
      } else if (Character.isSurrogate(c)) {
        return false;
      }
    }
    return part < name.length();
  }

  /** The length of the escape that begins here, or 0 if it is none. */
  private static int escapeLength(String name, int at) {
    char kind = at + 1 < name.length() ? name.charAt(at + 1) : ' ';
    if (kind != 'u') {
      return kind == ESCAPE || kind == SEPARATOR || kind == 'e' || kind == 'h' ? 2 : 0;
    }
    boolean complete =
        at + 6 <= name.length()
            && name.substring(at + 2, at + 6).chars().allMatch(HexFormat::isHexDigit);
    return complete ? 6 : 0;
  }

  private static boolean isPair(String text, int at) {
    return at + 1 < text.length()
        && Character.isSurrogatePair(text.charAt(at), text.charAt(at + 1));
  }

  /** The tag with this name. */
  public static Tag of(String name) {
    return new Tag(name);
  }

  /**
   * The tag of one thing of a type, whose ancestor is the type. Any text is an id, and two
   * different texts are two different tags.
   *
   * @param type a name; it may be a hierarchy itself
   * @param id its text is taken; where the name would be too long, the SHA-256 of the text
   */
  public static Tag of(String type, Object id) {
    Tag above = new Tag(type);
    String text = Objects.requireNonNull(id, "id").toString();
    String name = above.name + SEPARATOR + escaped(text);
    return new Tag(name.length() <= MAX_LENGTH ? name : above.name + SEPARATOR + hashed(text));
  }

  /**
   * The tag that every recorded write of one key of a store carries by itself: {@code task:42} for
   * the key {@code 42} of the store {@code task}. What is loaded from that key is tagged so. The
   * store's name is one part of the tag's, whatever characters it has.
   *
   * @param store the name of the store, the {@code source} of its changes
   * @param key the key's text ({@link KeyCodec#text})
   */
  public static Tag ofKey(String store, String key) {
    return of(typeOf(store), key);
  }

  /**
   * The tag that every recorded write of whichever key of a store carries by itself: {@code
   * task:*:*} for the store {@code task}. What depends on which keys there are, a list or a count,
   * is tagged so. It lies beside the keys' tags and not above them, so that a write of one key
   * leaves what was loaded from others alone. {@link #ofStore} is above both.
   *
   * @param store the name of the store
   */
  public static Tag ofAll(String store) {
    return new Tag(typeOf(store) + ALL);
  }

  /**
   * The tag above those of a store's keys and lists, {@code task} for the store {@code task}: who
   * invalidates it means everything that was loaded from the store. No write carries it.
   *
   * @param store the name of the store
   */
  public static Tag ofStore(String store) {
    return new Tag(typeOf(store));
  }

  private static String typeOf(String store) {
    String name = escaped(Objects.requireNonNull(store, "store"));
    return name.length() <= MAX_LENGTH / 2 ? name : hashed(store);
  }

  private static String escaped(String text) {
    if (text.isEmpty()) {
      return ESCAPE + "e";
    }
    StringBuilder escaped = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (isPair(text, i)) {
        escaped.append(c).append(text.charAt(++i));
      } else if (Character.isISOControl(c) || Character.isSurrogate(c)) {
        escaped.append(ESCAPE).append('u').append(HexFormat.of().toHexDigits(c));
      } else if (c == SEPARATOR || c == ESCAPE) {
        escaped.append(ESCAPE).append(c);
      } else {
        escaped.append(c);
      }
    }
    return escaped.toString();
  }

  private static String hashed(String text) {
    byte[] hash = LengthPrefixed.sha256(new String[] {text});
    return ESCAPE + "h" + HexFormat.of().formatHex(hash);
  }

  /** The tags above this one, nearest first: {@code a:b:c} has {@code a:b} and {@code a}. */
  public List<Tag> ancestors() {
    List<Tag> above = new ArrayList<>();
    for (int i = 0; i < name.length(); i++) {
      if (name.charAt(i) == ESCAPE) {
        i++; // what is escaped separates nothing
      } else if (name.charAt(i) == SEPARATOR) {
        above.add(0, new Tag(name.substring(0, i)));
      }
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
