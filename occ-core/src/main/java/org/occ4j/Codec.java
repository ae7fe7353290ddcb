/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j;

import java.nio.charset.StandardCharsets;
import org.occ4j.internal.UnicodeText;

/**
 * How values become bytes in a database and come back.
 *
 * <p>The library brings no JSON or other format of its own; an application gives two functions over
 * the one it already has. Java serialization is not offered.
 *
 * <p>Implementations are thread-safe and free of side effects. {@code decode} must accept whatever
 * an earlier version of the same codec wrote, for as long as such rows exist.
 *
 * @param <V> the values; never null
 */
public interface Codec<V> {

  /**
   * The name and version of the format, such as {@code "task-json/1"}; stored beside answers so
   * that bytes of another format are never misread. Of two versions the later has the greater
   * number.
   */
  String id();

  /**
   * The bytes of {@code value}.
   *
   * @throws RuntimeException if the value cannot be encoded; the write it belongs to then changes
   *     nothing and throws {@link CodecException}
   */
  byte[] encode(V value);

  /**
   * The value of these bytes.
   *
   * @throws RuntimeException if they cannot be read; the read it belongs to throws {@link
   *     CodecException}
   */
  V decode(byte[] bytes);

  /**
   * Whether bytes that were written under the id {@code writtenBy} are for this codec: by default,
   * if the names are the same and the version is this one's or an earlier one, since a codec reads
   * what its earlier versions wrote and cannot know what later ones will write.
   *
   * <p>The version is the number after the last slash, at most nine digits; an id without one is
   * all name, of version 0.
   */
  default boolean reads(String writtenBy) {
    String mine = id();
    return mine.equals(writtenBy)
        || (CodecIds.name(mine).equals(CodecIds.name(writtenBy))
            && CodecIds.version(writtenBy) <= CodecIds.version(mine));
  }

  /**
   * Text as UTF-8. An unpaired surrogate, which UTF-8 would make a question mark of, is refused by
   * {@link DataRejectedException}.
   */
  static Codec<String> strings() {
    return of(
        "utf8/1",
        text -> {
          if (!UnicodeText.isWellFormed(text)) {
            throw new DataRejectedException(
                "a text has an unpaired surrogate, nothing was changed",
                "22021",
                null,
                null,
                null,
                null);
          }
          return text.getBytes(StandardCharsets.UTF_8);
        },
        bytes -> new String(bytes, StandardCharsets.UTF_8));
  }

  /** Bytes as they are, copied on the way in and out. */
  static Codec<byte[]> bytes() {
    return of("bytes/1", byte[]::clone, byte[]::clone);
  }

  /** How {@link #of} encodes; a checked exception counts as one that is not. */
  @FunctionalInterface
  interface Encoder<V> {
    /** The bytes of {@code value}. */
    byte[] encode(V value) throws Exception;
  }

  /** How {@link #of} decodes; a checked exception counts as one that is not. */
  @FunctionalInterface
  interface Decoder<V> {
    /** The value of these bytes. */
    V decode(byte[] bytes) throws Exception;
  }

  /**
   * A codec of two functions, such as {@code json::writeValueAsBytes} and {@code bytes ->
   * json.readValue(bytes, Task.class)}.
   *
   * @param id see {@link #id()}
   */
  static <V> Codec<V> of(String id, Encoder<? super V> encoder, Decoder<? extends V> decoder) {
    return new FunctionCodec<>(id, encoder, decoder);
  }
}
