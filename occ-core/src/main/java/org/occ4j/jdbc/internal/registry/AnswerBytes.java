/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.registry;

import org.jspecify.annotations.Nullable;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.MutationRecord;
import org.occ4j.jdbc.internal.PayloadLimit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An answer as it is stored. An answer that cannot be kept becomes "done without answer", for the
 * effect has happened: to run it again, or to undo it, would be worse than to answer less.
 *
 * @param state {@code COMPLETED} or {@code COMPLETED_WITHOUT_ANSWER}
 * @param codec the format
 * @param bytes the bytes, or null if the answer is null or was not kept
 */
@SuppressWarnings("ArrayRecordComponent") // WriteOutcome, never compared.
public record AnswerBytes(MutationRecord.State state, String codec, byte @Nullable [] bytes) {
  private static final Logger LOG = LoggerFactory.getLogger(AnswerBytes.class);

  /** The width of the column. */
  static final int MAX_CODEC_LENGTH = 255;

  /** The answer, unless it is longer than was asked for, or than the server takes at once. */
  static <T> AnswerBytes of(@Nullable T value, IdempotencyOptions<T> how, PayloadLimit limit) {
    String codec = how.codec().id();
    if (value == null) {
      return new AnswerBytes(MutationRecord.State.COMPLETED, codec, null);
    }
    byte[] bytes;
    try {
      bytes = how.codec().encode(value);
    } catch (RuntimeException failure) {
      LOG.warn("codec {} failed on an answer; replays will not have it", codec, failure);
      return lost(codec);
    }
    if (bytes.length > how.maxAnswerBytes() || !limit.takes(0, bytes)) {
      LOG.debug("an answer of {} bytes is not kept", bytes.length);
      return lost(codec);
    }
    return new AnswerBytes(MutationRecord.State.COMPLETED, codec, bytes);
  }

  private static AnswerBytes lost(String codec) {
    return new AnswerBytes(MutationRecord.State.COMPLETED_WITHOUT_ANSWER, codec, null);
  }

  /**
   * Refuses a codec whose id does not fit, before anything is done.
   *
   * @throws IllegalArgumentException if it does not
   */
  public static void requireStorable(IdempotencyOptions<?> how) {
    String codec = how.codec().id();
    if (codec.length() > MAX_CODEC_LENGTH) {
      throw new IllegalArgumentException(
          "a codec id has at most " + MAX_CODEC_LENGTH + " characters: " + codec);
    }
  }
}
