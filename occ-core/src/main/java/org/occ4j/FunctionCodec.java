/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j;

import java.util.Objects;

/** What {@link Codec#of} makes. */
record FunctionCodec<V>(
    String id, Codec.Encoder<? super V> encoder, Codec.Decoder<? extends V> decoder)
    implements Codec<V> {

  FunctionCodec {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(encoder, "encoder");
    Objects.requireNonNull(decoder, "decoder");
  }

  @Override
  public byte[] encode(V value) {
    try {
      return encoder.encode(value);
    } catch (RuntimeException failure) {
      throw failure;
    } catch (Exception failure) {
      throw new IllegalArgumentException("cannot be encoded by " + this, failure);
    }
  }

  @Override
  public V decode(byte[] bytes) {
    try {
      return decoder.decode(bytes);
    } catch (RuntimeException failure) {
      throw failure;
    } catch (Exception failure) {
      throw new IllegalArgumentException("cannot be decoded by " + this, failure);
    }
  }

  @Override
  public String toString() {
    return "Codec[" + id + "]";
  }
}
