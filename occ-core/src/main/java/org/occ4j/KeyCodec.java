/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j;

import java.util.List;
import java.util.UUID;

/**
 * How keys become bytes and text, both exactly reversible.
 *
 * <p>Two keys are the same to a store exactly when their bytes are: case and trailing blanks count
 * on every engine. Scans run in unsigned byte order, so a codec for numbers encodes them such that
 * this is their natural order. The text names a key to people, in lock keys and in the change feed.
 *
 * <p>Implementations are thread-safe and free of side effects.
 *
 * @param <K> the keys; never null
 */
public interface KeyCodec<K> {

  /** The longest encoded key that the library's own tables take, in bytes. */
  int MAX_BYTES = 255;

  /** The bytes of {@code key}; different keys have different bytes. */
  byte[] encode(K key);

  /** The key of these bytes. */
  K decode(byte[] bytes);

  /** The key as text; different keys have different texts. */
  String text(K key);

  /** The key of this text. */
  K parse(String text);

  /**
   * The bytes with which the encoded keys begin that begin with {@code leading}, and no others;
   * {@link org.occ4j.store.Scan#startingWith} says what that is.
   *
   * @throws IllegalArgumentException if no key can begin so, or this codec knows of no beginnings,
   *     as the default does
   */
  default byte[] prefix(List<Object> leading) {
    throw new IllegalArgumentException("keys of this codec have no beginnings to scan by");
  }

  /** Text as UTF-8. Unpaired surrogates, which UTF-8 would fold into one byte, are refused. */
  static KeyCodec<String> strings() {
    return KeyCodecs.STRINGS;
  }

  /** Long numbers in natural order: eight bytes, big endian, sign bit flipped. */
  static KeyCodec<Long> longs() {
    return KeyCodecs.LONGS;
  }

  /** UUIDs as their sixteen bytes. */
  static KeyCodec<UUID> uuids() {
    return KeyCodecs.UUIDS;
  }
}
