/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.occ4j.KeyCodec;
import org.occ4j.jdbc.internal.store.ForeignChange;

/**
 * A part of a key: the type of its column, its bytes, which sort as the column does, and its text.
 *
 * @param type how it travels to its column
 * @param encode its bytes, of which none are the beginning of another's
 * @param decode takes as many bytes as it has
 * @param parse the part of its text, which is {@code toString}'s
 * @param <T> the type of the part
 */
record KeyPart<T>(
    ColumnType<T> type,
    Function<T, byte[]> encode,
    Function<ByteBuffer, T> decode,
    Function<String, T> parse) {

  private static final KeyPart<Long> LONGS =
      new KeyPart<>(ColumnType.longs(), KeyPart::sorting, KeyPart::sorted, Long::valueOf);

  private static final KeyPart<Integer> INTEGERS =
      new KeyPart<>(
          ColumnType.integers(),
          part -> ByteBuffer.allocate(Integer.BYTES).putInt(part ^ Integer.MIN_VALUE).array(),
          bytes -> bytes.getInt() ^ Integer.MIN_VALUE,
          Integer::valueOf);

  private static final KeyPart<Short> SHORTS =
      new KeyPart<>(
          ColumnType.shorts(),
          part -> ByteBuffer.allocate(Short.BYTES).putShort((short) (part ^ 0x8000)).array(),
          bytes -> (short) (bytes.getShort() ^ 0x8000),
          Short::valueOf);

  private static final KeyPart<String> STRINGS =
      new KeyPart<>(ColumnType.text(), KeyPart::ended, KeyPart::untilItsEnd, text -> text);

  private static final KeyPart<UUID> UUIDS =
      new KeyPart<>(
          ColumnType.uuids(),
          KeyCodec.uuids()::encode,
          bytes -> new UUID(bytes.getLong(), bytes.getLong()),
          UUID::fromString);

  private static final KeyPart<LocalDate> DATES =
      new KeyPart<>(
          ColumnType.localDates(),
          part -> sorting(part.toEpochDay()),
          bytes -> LocalDate.ofEpochDay(sorted(bytes)),
          LocalDate::parse);

  private static final Map<Class<?>, KeyPart<?>> BY_CLASS =
      Map.of(
          Long.class, LONGS,
          long.class, LONGS,
          Integer.class, INTEGERS,
          int.class, INTEGERS,
          Short.class, SHORTS,
          short.class, SHORTS,
          String.class, STRINGS,
          UUID.class, UUIDS,
          LocalDate.class, DATES);

  /**
   * The part of this class, or null if there is none. It is only given what it made, or what has
   * this class.
   */
  @SuppressWarnings("unchecked")
  static @Nullable KeyPart<Object> of(Class<?> type) {
    return (KeyPart<Object>) BY_CLASS.get(type);
  }

  /**
   * The bytes of a part that the application gave as one.
   *
   * @throws IllegalArgumentException if it is of another class
   */
  byte[] whole(T part) {
    try {
      return encode.apply(part);
    } catch (ClassCastException other) {
      throw new IllegalArgumentException(
          part + " is a " + part.getClass().getName() + ", and not what the key has there", other);
    }
  }

  /**
   * The bytes of all that begin with this text, less its end.
   *
   * @throws IllegalArgumentException if this is no part of texts, or that is none
   */
  byte[] beginning(T text) {
    Object self = this;
    if (self != STRINGS) {
      throw new IllegalArgumentException("only a key of text can begin with " + text);
    }
    byte[] ended = whole(text);
    return Arrays.copyOf(ended, ended.length - END);
  }

  /** What its text is made of. */
  ForeignChange.KeyText text() {
    Object self = this;
    if (self == STRINGS) {
      return ForeignChange.KeyText.TEXT;
    }
    return self == UUIDS
        ? ForeignChange.KeyText.UUID
        : self == DATES ? ForeignChange.KeyText.DAY : ForeignChange.KeyText.NUMBER;
  }

  private static final int END = 2;

  private static byte[] sorting(long number) {
    return ByteBuffer.allocate(Long.BYTES).putLong(number ^ Long.MIN_VALUE).array();
  }

  private static long sorted(ByteBuffer bytes) {
    return bytes.getLong() ^ Long.MIN_VALUE;
  }

  /**
   * UTF-8, a zero byte written as 00 FF, and 00 00 at the end: a beginning sorts before the rest.
   */
  private static byte[] ended(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (byte one : KeyCodec.strings().encode(text)) {
      bytes.write(one);
      if (one == 0) {
        bytes.write(0xFF);
      }
    }
    bytes.write(0);
    bytes.write(0);
    return bytes.toByteArray();
  }

  private static String untilItsEnd(ByteBuffer bytes) {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    for (byte one = bytes.get(); one != 0 || bytes.get() != 0; one = bytes.get()) {
      text.write(one);
    }
    return KeyCodec.strings().decode(text.toByteArray());
  }
}
