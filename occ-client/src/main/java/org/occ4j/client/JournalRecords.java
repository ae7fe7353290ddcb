/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.occ4j.Codec;
import org.occ4j.KeyCodec;
import org.occ4j.client.EditJournal.Entry;

/**
 * The bytes of a {@link FileEditJournal}: records of a length, a checksum over length and content,
 * and the content. The first record names the format and the codec. Pure.
 */
final class JournalRecords<K, V> {
  private static final String FORMAT = "occ4j edits 1 ";
  private static final int FRAME = 2 * Integer.BYTES;
  private static final int PUT = 1;
  private static final int REMOVE = 2;

  private final KeyCodec<K> keys;
  private final Codec<V> values;

  JournalRecords(KeyCodec<K> keys, Codec<V> values) {
    this.keys = Objects.requireNonNull(keys, "keys");
    this.values = Objects.requireNonNull(values, "values");
  }

  /** Something that writes the content of a record. */
  private interface Content {
    void writeTo(DataOutputStream out) throws IOException;
  }

  ByteBuffer header() {
    return framed(out -> out.write((FORMAT + values.id()).getBytes(StandardCharsets.UTF_8)));
  }

  ByteBuffer remove(long number) {
    return framed(
        out -> {
          out.writeByte(REMOVE);
          out.writeLong(number);
        });
  }

  ByteBuffer put(Entry<K, V> entry) {
    return framed(
        out -> {
          out.writeByte(PUT);
          out.writeLong(entry.number());
          writeId(out, entry.clientMutationId());
          writeBytes(out, keys.encode(entry.key()));
          Long version = entry.version();
          out.writeLong(version == null ? -1 : version);
          writeValue(out, entry.base());
          writeValue(out, entry.value());
          UUID supersedes = entry.supersedes();
          out.writeBoolean(supersedes != null);
          if (supersedes != null) {
            writeId(out, supersedes);
          }
          out.writeBoolean(entry.sent());
        });
  }

  private static ByteBuffer framed(Content content) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      content.writeTo(new DataOutputStream(bytes));
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    byte[] written = bytes.toByteArray();
    return ByteBuffer.allocate(FRAME + written.length)
        .putInt(written.length)
        .putInt(checksum(written))
        .put(written)
        .flip();
  }

  private static int checksum(byte[] content) {
    CRC32C sum = new CRC32C();
    sum.update(ByteBuffer.allocate(Integer.BYTES).putInt(content.length).flip());
    sum.update(content);
    return (int) sum.getValue();
  }

  private static void writeId(DataOutputStream out, UUID id) throws IOException {
    out.writeLong(id.getMostSignificantBits());
    out.writeLong(id.getLeastSignificantBits());
  }

  private void writeValue(DataOutputStream out, @Nullable V value) throws IOException {
    if (value == null) {
      out.writeInt(-1);
    } else {
      writeBytes(out, values.encode(value));
    }
  }

  private static void writeBytes(DataOutputStream out, byte[] bytes) throws IOException {
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  /**
   * Reads all whole records.
   *
   * @return where the last whole one ends; what follows is torn
   * @throws IllegalStateException if a record that is not the last is damaged, or another codec
   *     wrote them
   */
  int read(ByteBuffer bytes, Path file, Map<Long, Entry<K, V>> into) throws IOException {
    boolean first = true;
    while (bytes.remaining() >= FRAME) {
      int start = bytes.position();
      int length = bytes.getInt();
      int sum = bytes.getInt();
      if (length < 0 || length > bytes.remaining()) {
        return start;
      }
      byte[] content = new byte[length];
      bytes.get(content);
      if (checksum(content) != sum) {
        if (bytes.hasRemaining()) {
          throw new IllegalStateException("the journal " + file + " is damaged at byte " + start);
        }
        return start;
      }
      if (first) {
        requireFormat(new String(content, StandardCharsets.UTF_8), file);
        first = false;
      } else {
        readRecord(content, into);
      }
    }
    return bytes.position();
  }

  private void requireFormat(String header, Path file) {
    if (!header.startsWith(FORMAT) || !values.reads(header.substring(FORMAT.length()))) {
      throw new IllegalStateException(
          "the journal " + file + " holds '" + header + "', which " + values + " does not read");
    }
  }

  private void readRecord(byte[] content, Map<Long, Entry<K, V>> into) throws IOException {
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(content));
    boolean put = in.readByte() == PUT;
    long number = in.readLong();
    if (put) {
      into.put(number, readEntry(in, number));
    } else {
      into.remove(number);
    }
  }

  private Entry<K, V> readEntry(DataInputStream in, long number) throws IOException {
    UUID id = readId(in);
    K key = keys.decode(in.readNBytes(in.readInt()));
    long version = in.readLong();
    V base = readValue(in);
    V value = readValue(in);
    UUID supersedes = in.readBoolean() ? readId(in) : null;
    return new Entry<>(
        number, id, key, version < 0 ? null : version, base, value, supersedes, in.readBoolean());
  }

  private static UUID readId(DataInputStream in) throws IOException {
    return new UUID(in.readLong(), in.readLong());
  }

  private @Nullable V readValue(DataInputStream in) throws IOException {
    int length = in.readInt();
    return length < 0 ? null : values.decode(in.readNBytes(length));
  }
}
