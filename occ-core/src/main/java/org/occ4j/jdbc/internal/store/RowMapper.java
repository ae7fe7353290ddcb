/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.store;

import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.occ4j.Codec;
import org.occ4j.CodecException;
import org.occ4j.DataRejectedException;
import org.occ4j.store.internal.ByteKeys;
import org.occ4j.store.internal.Keys;

/**
 * How keys and values become what JDBC takes and come back, by functions of the application. They
 * run before a connection is borrowed and after it was given back; only a commit over a table of
 * the application asks for {@link #keyBytes} in between.
 *
 * @param <K> the keys
 * @param <V> the values
 */
public interface RowMapper<K, V> {

  /**
   * The key, as JDBC takes it.
   *
   * @param bytes what the key's codec made of it
   */
  Object rawKey(K key, byte[] bytes);

  /**
   * What the keys begin with that begin with {@code leading}, which is not empty.
   *
   * @throws IllegalArgumentException if no key can begin so
   */
  KeyPrefix prefix(List<Object> leading);

  /** What the key's codec makes of a key that JDBC gave. */
  byte[] keyBytes(Object raw);

  /** The key that JDBC gave. */
  K key(Object raw);

  /**
   * The columns of the value.
   *
   * @param key the key that it gets, or null if that is not known yet
   * @throws IllegalArgumentException if the value has another key in it
   * @throws org.occ4j.DataRejectedException if a column would cut or round a part of it
   */
  @Nullable Object[] rawValues(@Nullable K key, V value);

  /**
   * The same columns as the table spells them, as far as that is known: a decimal with more zeros,
   * a text with its padding. The array that was given where nothing is spelled otherwise.
   */
  default @Nullable Object[] spelled(@Nullable Object[] raw) {
    return raw;
  }

  /** The value that these columns hold. */
  V value(K key, @Nullable Object[] raw);

  /**
   * The columns of a row that is inserted and removed again in one transaction, to hold a key that
   * has none; null where the table is not ours to do so.
   */
  @Nullable Object @Nullable [] placeholder();

  /** The library's own table: the key's bytes and one payload. */
  static <K, V> RowMapper<K, V> own(Keys<K> keys, Codec<V> codec) {
    return new RowMapper<>() {
      @Override
      public Object rawKey(K key, byte[] bytes) {
        return bytes;
      }

      @Override
      public KeyPrefix prefix(List<Object> leading) {
        byte[] prefix = keys.prefix(leading);
        return new KeyPrefix(List.of(), prefix, ByteKeys.behind(prefix));
      }

      @Override
      public byte[] keyBytes(Object raw) {
        return (byte[]) raw;
      }

      @Override
      public K key(Object raw) {
        return keys.decode((byte[]) raw);
      }

      @Override
      public @Nullable Object[] rawValues(@Nullable K key, V value) {
        return new @Nullable Object[] {
          walled("codec " + codec.id(), () -> codec.encode(value)).clone()
        };
      }

      @Override
      public V value(K key, @Nullable Object[] raw) {
        byte[] payload = Objects.requireNonNull((byte[]) raw[0]);
        return walled("codec " + codec.id(), () -> codec.decode(payload));
      }

      @Override
      public @Nullable Object[] placeholder() {
        return new @Nullable Object[] {new byte[0]};
      }
    };
  }

  /**
   * What a function of the application makes.
   *
   * @throws CodecException if it fails or returns null
   * @throws DataRejectedException if it refuses the data so
   */
  static <T> T walled(String whose, Supplier<T> call) {
    try {
      return Objects.requireNonNull(call.get(), "it returned null");
    } catch (DataRejectedException refused) {
      throw refused;
    } catch (RuntimeException failure) {
      throw new CodecException("the " + whose + " failed", failure);
    }
  }
}
