/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;

/** The key codecs that the library brings. */
final class KeyCodecs {
  private KeyCodecs() {}

  static final KeyCodec<String> STRINGS =
      new KeyCodec<>() {
        @Override
        public byte[] encode(String key) {
          try {
            // The encoder reports what String.getBytes would silently replace by a question mark.
            ByteBuffer encoded = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(key));
            byte[] bytes = new byte[encoded.remaining()];
            encoded.get(bytes);
            return bytes;
          } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("key has an unpaired surrogate", e);
          }
        }

        @Override
        public byte[] prefix(List<Object> leading) {
          if (leading.size() != 1 || !(leading.get(0) instanceof String text)) {
            throw new IllegalArgumentException("a text key begins with a text, not " + leading);
          }
          return encode(text);
        }

        @Override
        public String decode(byte[] bytes) {
          return new String(bytes, StandardCharsets.UTF_8);
        }

        @Override
        public String text(String key) {
          return key;
        }

        @Override
        public String parse(String text) {
          return text;
        }
      };

  static final KeyCodec<Long> LONGS =
      new KeyCodec<>() {
        @Override
        public byte[] encode(Long key) {
          return ByteBuffer.allocate(Long.BYTES).putLong(key ^ Long.MIN_VALUE).array();
        }

        @Override
        public Long decode(byte[] bytes) {
          return ByteBuffer.wrap(bytes).getLong() ^ Long.MIN_VALUE;
        }

        @Override
        public String text(Long key) {
          return key.toString();
        }

        @Override
        public Long parse(String text) {
          return Long.valueOf(text);
        }
      };

  static final KeyCodec<UUID> UUIDS =
      new KeyCodec<>() {
        @Override
        public byte[] encode(UUID key) {
          return ByteBuffer.allocate(2 * Long.BYTES)
              .putLong(key.getMostSignificantBits())
              .putLong(key.getLeastSignificantBits())
              .array();
        }

        @Override
        public UUID decode(byte[] bytes) {
          ByteBuffer buffer = ByteBuffer.wrap(bytes);
          return new UUID(buffer.getLong(), buffer.getLong());
        }

        @Override
        public String text(UUID key) {
          return key.toString();
        }

        @Override
        public UUID parse(String text) {
          return UUID.fromString(text);
        }
      };
}
