/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.pipeline;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.temporal.ChronoUnit;
import org.occ4j.Codec;

/** A row of the application's table, a component to a column; as large as a {@link Payload}. */
record TypedTask(
    long counted,
    String title,
    BigDecimal price,
    boolean done,
    LocalDate dueOn,
    LocalDateTime remindAt) {

  /** The digits of a price after the point, as the column has them. */
  static final int SCALE = 2;

  /** What has a fixed length in front of the title. */
  private static final int FIXED = 3 * Long.BYTES + Integer.BYTES + 1;

  private static final int TITLE_LENGTH = 160;

  private static final LocalDateTime EPOCH = LocalDateTime.of(1970, 1, 1, 0, 0);

  static final TypedTask ZERO =
      new TypedTask(
          0,
          "t".repeat(TITLE_LENGTH),
          BigDecimal.valueOf(1250, SCALE),
          false,
          LocalDate.of(2026, 11, 30),
          LocalDateTime.of(2026, 11, 30, 12, 0));

  static final Codec<TypedTask> CODEC = Codec.of("task/1", TypedTask::encoded, TypedTask::decoded);

  /** The edit of every rival: three columns get other values. */
  TypedTask plusOne() {
    return new TypedTask(
        counted + 1, title, price.add(BigDecimal.valueOf(1, SCALE)), !done, dueOn, remindAt);
  }

  private byte[] encoded() {
    byte[] text = title.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(FIXED + text.length)
        .putLong(counted)
        .putLong(price.unscaledValue().longValueExact())
        .putLong(ChronoUnit.MICROS.between(EPOCH, remindAt))
        .putInt((int) dueOn.toEpochDay())
        .put((byte) (done ? 1 : 0))
        .put(text)
        .array();
  }

  private static TypedTask decoded(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    long counted = in.getLong();
    BigDecimal price = BigDecimal.valueOf(in.getLong(), SCALE);
    LocalDateTime remindAt = EPOCH.plus(in.getLong(), ChronoUnit.MICROS);
    LocalDate dueOn = LocalDate.ofEpochDay(in.getInt());
    boolean done = in.get() == 1;
    String title = StandardCharsets.UTF_8.decode(in).toString();
    return new TypedTask(counted, title, price, done, dueOn, remindAt);
  }
}
