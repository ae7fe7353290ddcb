/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutation.internal;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.occ4j.Codec;
import org.occ4j.Timestamps;
import org.occ4j.Versioned;
import org.occ4j.mutation.MutationResult;

/**
 * The final answers of a pipeline as bytes: what was applied, with the state as it was right then,
 * or the application's no. Nothing else is ever stored.
 *
 * <p>An answer is a stamp of {@value #STAMP_BYTES} bytes, the version and the time in microseconds
 * that the write was given, and a body that is known before the write. So a database that gives the
 * version can put the two together in the statement of the write, without a word from here.
 */
public final class ResultCodec<V> implements Codec<MutationResult<V>> {

  /** The bytes of a version and a time, both big-endian; zeros where the answer has none. */
  public static final int STAMP_BYTES = 2 * Long.BYTES;

  private static final String PREFIX = "occ-result/2:";
  private static final int APPLIED = 1;
  private static final int APPLIED_WITHOUT_TIME = 2;
  private static final int DELETED = 3;
  private static final int REJECTED = 4;

  private final Codec<V> values;

  /** A codec of answers over the application's codec of values. */
  public ResultCodec(Codec<V> values) {
    this.values = values;
  }

  @Override
  public String id() {
    return PREFIX + values.id();
  }

  /** What is around the value has one format; of the value's the application's codec decides. */
  @Override
  public boolean reads(String writtenBy) {
    return writtenBy.startsWith(PREFIX) && values.reads(writtenBy.substring(PREFIX.length()));
  }

  // Writing.

  @Override
  public byte[] encode(MutationResult<V> result) {
    if (result instanceof MutationResult.Applied<V> applied) {
      Versioned<V> state = applied.current();
      return state == null
          ? stamped(0, 0, deleted())
          : stamped(state.version(), micros(state), applied(state));
    }
    if (result instanceof MutationResult.Rejected<V> rejected) {
      return stamped(0, 0, rejected(rejected.code(), rejected.detail()));
    }
    throw new IllegalArgumentException("not a final answer: " + result);
  }

  private static long micros(Versioned<?> state) {
    return state.updatedAt() == null ? 0 : Timestamps.toMicros(state.updatedAt());
  }

  /** An answer of a stamp and a body. */
  public static byte[] stamped(long version, long micros, byte[] body) {
    return ByteBuffer.allocate(STAMP_BYTES + body.length)
        .putLong(version)
        .putLong(micros)
        .put(body)
        .array();
  }

  private byte[] applied(Versioned<V> state) {
    return applied(state.value(), state.updatedAt() != null, state.updatedBy());
  }

  /** The body of the answer that this value was stored. */
  public byte[] applied(V value, boolean hasTime, @Nullable String updatedBy) {
    return body(
        out -> {
          out.writeByte(hasTime ? APPLIED : APPLIED_WITHOUT_TIME);
          out.writeBoolean(updatedBy != null);
          writeText(out, updatedBy == null ? "" : updatedBy);
          out.write(values.encode(value));
        });
  }

  /** The body of the answer that the key was deleted. */
  public byte[] deleted() {
    return new byte[] {DELETED};
  }

  /** The body of the application's no. */
  public byte[] rejected(String code, String detail) {
    return body(
        out -> {
          out.writeByte(REJECTED);
          writeText(out, code);
          writeText(out, detail);
        });
  }

  private interface Body {
    void write(DataOutputStream out) throws IOException;
  }

  private static byte[] body(Body body) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      body.write(out);
    } catch (IOException e) {
      throw new UncheckedIOException("memory cannot fail to be written", e);
    }
    return bytes.toByteArray();
  }

  private static void writeText(DataOutputStream out, String text) throws IOException {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(utf8.length);
    out.write(utf8);
  }

  // Reading.

  @Override
  public MutationResult<V> decode(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      long version = in.readLong();
      long micros = in.readLong();
      int kind = in.readByte();
      return switch (kind) {
        case APPLIED, APPLIED_WITHOUT_TIME ->
            new MutationResult.Applied<>(state(in, version, kind == APPLIED, micros), true);
        case DELETED -> new MutationResult.Applied<>(null, true);
        case REJECTED -> new MutationResult.Rejected<>(readText(in), readText(in), true);
        default -> throw new IllegalArgumentException("unknown kind of answer: " + kind);
      };
    } catch (IOException tooShort) {
      throw new UncheckedIOException("a stored answer is cut off", tooShort);
    }
  }

  private Versioned<V> state(DataInputStream in, long version, boolean hasTime, long micros)
      throws IOException {
    boolean hasWriter = in.readBoolean();
    String writer = readText(in);
    V value = values.decode(in.readAllBytes());
    return new Versioned<>(
        value, version, hasTime ? Timestamps.ofMicros(micros) : null, hasWriter ? writer : null);
  }

  private static String readText(DataInputStream in) throws IOException {
    return new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
  }
}
