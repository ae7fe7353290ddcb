/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.store.internal;

import java.util.List;
import java.util.Objects;
import org.occ4j.CodecException;
import org.occ4j.KeyCodec;

/**
 * The application's key codec behind a wall: keys that are refused or too long become {@link
 * IllegalArgumentException}, every other failure {@link CodecException}.
 *
 * @param <K> the keys
 */
public final class Keys<K> {
  private final KeyCodec<K> codec;

  /** A wall around {@code codec}. */
  public Keys(KeyCodec<K> codec) {
    this.codec = Objects.requireNonNull(codec, "keys");
  }

  /** The codec. */
  public KeyCodec<K> codec() {
    return codec;
  }

  /**
   * The bytes of {@code key}.
   *
   * @throws IllegalArgumentException if the codec refuses the key by this exception, or if it has
   *     more than {@value KeyCodec#MAX_BYTES} bytes
   */
  public byte[] encode(K key) {
    Objects.requireNonNull(key, "key");
    byte[] bytes = walled(() -> codec.encode(key), "encode key", key);
    if (bytes.length > KeyCodec.MAX_BYTES) {
      throw new IllegalArgumentException(
          "key has "
              + bytes.length
              + " bytes where at most "
              + KeyCodec.MAX_BYTES
              + " are possible: "
              + excerpt(key));
    }
    return bytes;
  }

  /**
   * The bytes with which the keys begin that begin with {@code leading}; none if it is empty.
   *
   * @throws IllegalArgumentException if no key can begin so
   */
  public byte[] prefix(List<Object> leading) {
    return leading.isEmpty()
        ? new byte[0]
        : walled(() -> codec.prefix(leading), "give the beginning", leading);
  }

  /** The key of these bytes. */
  public K decode(byte[] bytes) {
    return walled(() -> codec.decode(bytes), "decode a key of", bytes.length + " bytes");
  }

  /** The key as text. */
  public String text(K key) {
    Objects.requireNonNull(key, "key");
    return walled(() -> codec.text(key), "give the text of key", key);
  }

  private static <T> T walled(java.util.function.Supplier<T> call, String what, Object subject) {
    try {
      return Objects.requireNonNull(call.get(), "codec returned null");
    } catch (IllegalArgumentException refused) {
      throw refused;
    } catch (RuntimeException failure) {
      throw new CodecException("the key codec could not " + what + " " + excerpt(subject), failure);
    }
  }

  private static String excerpt(Object subject) {
    String text = String.valueOf(subject);
    return text.length() <= 40 ? text : text.substring(0, 40) + "…";
  }
}
