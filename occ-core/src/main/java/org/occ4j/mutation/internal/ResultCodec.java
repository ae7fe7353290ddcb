/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutation.internal;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.occ4j.Codec;
import org.occ4j.Timestamps;
import org.occ4j.Versioned;
import org.occ4j.mutation.MutationResult;

/**
 * The final answers of a pipeline as bytes: what was applied, with the state as it was right then,
 * or the application's no. Nothing else is ever stored.
 */
public final class ResultCodec<V> implements Codec<MutationResult<V>> {
  private static final String PREFIX = "occ-result:";
  private static final int APPLIED = 1;
  private static final int DELETED = 2;
  private static final int REJECTED = 3;

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

  @Override
  public byte[] encode(MutationResult<V> result) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      if (result instanceof MutationResult.Applied<V> applied) {
        write(out, applied.current());
      } else if (result instanceof MutationResult.Rejected<V> rejected) {
        out.writeByte(REJECTED);
        writeText(out, rejected.code());
        writeText(out, rejected.detail());
      } else {
        throw new IllegalArgumentException("not a final answer: " + result);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("memory cannot fail to be written", e);
    }
    return bytes.toByteArray();
  }

  private void write(DataOutputStream out, @Nullable Versioned<V> state) throws IOException {
    if (state == null) {
      out.writeByte(DELETED);
      return;
    }
    out.writeByte(APPLIED);
    out.writeLong(state.version());
    Instant updatedAt = state.updatedAt();
    out.writeBoolean(updatedAt != null);
    out.writeLong(updatedAt == null ? 0 : Timestamps.toMicros(updatedAt));
    String updatedBy = state.updatedBy();
    out.writeBoolean(updatedBy != null);
    writeText(out, updatedBy == null ? "" : updatedBy);
    out.write(values.encode(state.value()));
  }

  @Override
  public MutationResult<V> decode(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      int kind = in.readByte();
      return switch (kind) {
        case APPLIED -> new MutationResult.Applied<>(readState(in), true);
        case DELETED -> new MutationResult.Applied<>(null, true);
        case REJECTED -> new MutationResult.Rejected<>(readText(in), readText(in), true);
        default -> throw new IllegalArgumentException("unknown kind of answer: " + kind);
      };
    } catch (IOException tooShort) {
      throw new UncheckedIOException("a stored answer is cut off", tooShort);
    }
  }

  private Versioned<V> readState(DataInputStream in) throws IOException {
    long version = in.readLong();
    boolean hasTime = in.readBoolean();
    long micros = in.readLong();
    boolean hasWriter = in.readBoolean();
    String writer = readText(in);
    V value = values.decode(in.readAllBytes());
    return new Versioned<>(
        value, version, hasTime ? Timestamps.ofMicros(micros) : null, hasWriter ? writer : null);
  }

  private static void writeText(DataOutputStream out, String text) throws IOException {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(utf8.length);
    out.write(utf8);
  }

  private static String readText(DataInputStream in) throws IOException {
    return new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
  }
}
