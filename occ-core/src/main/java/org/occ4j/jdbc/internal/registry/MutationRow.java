/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.registry;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.occ4j.Codec;
import org.occ4j.CodecException;
import org.occ4j.Fingerprint;
import org.occ4j.MutationId;
import org.occ4j.Timestamps;
import org.occ4j.idempotency.CrashPolicy;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.MutationRecord;
import org.occ4j.idempotency.Outcome;
import org.occ4j.idempotency.internal.RetryHints;

/**
 * What the table says of a mutation, and what follows from it.
 *
 * @param state how far it is; {@code UNRESOLVED} is never stored, it is what an expired claim means
 * @param attempt the latest attempt
 * @param fingerprint of the payload of the first attempt
 * @param codec the format of the answer, or null if there is none
 * @param answer the answer as bytes, or null if it is null
 * @param externalCall whether an expired claim must not be run again
 * @param claimedMicros when the latest attempt began
 * @param ageMicros how long ago that was
 * @param leaseMicros what is left of its lease, zero or less when that is over
 * @param completedMicros when it was done, or 0
 * @param keptMicros for how long the row is surely kept, zero or less when it may be purged
 */
@SuppressWarnings("ArrayRecordComponent") // Rows are read, never compared.
public record MutationRow(
    MutationRecord.State state,
    int attempt,
    Fingerprint fingerprint,
    @Nullable String codec,
    byte @Nullable [] answer,
    boolean externalCall,
    long claimedMicros,
    long ageMicros,
    long leaseMicros,
    long completedMicros,
    long keptMicros) {

  static final int CLAIMED = 1;
  static final int COMPLETED = 2;
  static final int COMPLETED_WITHOUT_ANSWER = 3;
  static final int RELEASED = 4;

  /** When asking again may be worth it, where nothing is known of an attempt under way. */
  public static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  /** What {@link #read} reads, given the database clock as an expression. */
  public static String columns(String now) {
    return String.join(", ", columnList(now));
  }

  /** The same, one by one. */
  public static List<String> columnList(String now) {
    return List.of(
        "state",
        "attempt",
        "fingerprint",
        "codec",
        "answer",
        "external_call",
        "claimed_at",
        now + " - claimed_at",
        "lease_until - " + now,
        "completed_at",
        "purge_after - " + now);
  }

  /** The row on which {@code row} stands, its columns from the {@code first} on. */
  public static MutationRow read(ResultSet row, int first) throws SQLException {
    return new MutationRow(
        stateOf(row.getInt(first)),
        row.getInt(first + 1),
        Fingerprint.parse(Objects.requireNonNullElse(row.getString(first + 2), "")),
        row.getString(first + 3),
        row.getBytes(first + 4),
        row.getBoolean(first + 5),
        row.getLong(first + 6),
        row.getLong(first + 7),
        row.getLong(first + 8),
        row.getLong(first + 9),
        row.getLong(first + 10));
  }

  /** How a state is stored. */
  static int codeOf(MutationRecord.State state) {
    return switch (state) {
      case CLAIMED -> CLAIMED;
      case COMPLETED -> COMPLETED;
      case COMPLETED_WITHOUT_ANSWER -> COMPLETED_WITHOUT_ANSWER;
      case RELEASED -> RELEASED;
      case UNRESOLVED -> throw new IllegalArgumentException("never stored: " + state);
    };
  }

  private static MutationRecord.State stateOf(int code) {
    return switch (code) {
      case CLAIMED -> MutationRecord.State.CLAIMED;
      case COMPLETED -> MutationRecord.State.COMPLETED;
      case COMPLETED_WITHOUT_ANSWER -> MutationRecord.State.COMPLETED_WITHOUT_ANSWER;
      case RELEASED -> MutationRecord.State.RELEASED;
      default -> throw new IllegalStateException("unknown state of a mutation: " + code);
    };
  }

  /** The refusal for an attempt under way of which there is no row to be seen. */
  public static <T> Outcome<T> inFlight() {
    return new Outcome.Refused<>(Outcome.Reason.IN_FLIGHT, RETRY_AFTER);
  }

  /** The refusal for the attempt under way that this row tells of. */
  public <T> Outcome<T> underWay() {
    return new Outcome.Refused<>(
        Outcome.Reason.IN_FLIGHT,
        RetryHints.of(
            Duration.of(ageMicros, ChronoUnit.MICROS),
            Duration.of(leaseMicros, ChronoUnit.MICROS)));
  }

  /** The refusal for another payload. */
  public static <T> Outcome<T> mismatch() {
    return new Outcome.Refused<>(Outcome.Reason.MISMATCH, Duration.ZERO);
  }

  /** Whether an attempt is under way. */
  public boolean isClaimed() {
    return state == MutationRecord.State.CLAIMED && !isExpired();
  }

  private boolean isExpired() {
    return leaseMicros <= 0;
  }

  /** Whether an attempt is under way, or was, and never came to its end. */
  boolean isUnfinished() {
    return state == MutationRecord.State.CLAIMED;
  }

  /** Whether the mutation was carried out, with or without an answer that could be kept. */
  boolean isDone() {
    return state == MutationRecord.State.COMPLETED
        || state == MutationRecord.State.COMPLETED_WITHOUT_ANSWER;
  }

  /** The answer that this row alone decides; none if an attempt is under way or may begin. */
  public <T> Optional<Outcome<T>> decided(IdempotencyOptions<T> how) {
    if (!fingerprint.matches(how.fingerprint())) {
      return Optional.of(mismatch());
    }
    return switch (state) {
      case COMPLETED -> Optional.of(replayed(decode(how.codec()), true));
      case COMPLETED_WITHOUT_ANSWER -> Optional.of(replayed(null, false));
      case CLAIMED ->
          isExpired() && (externalCall || how.onCrash() == CrashPolicy.HOLD)
              ? Optional.of(new Outcome.Unresolved<>(claimedAt()))
              : Optional.empty();
      default -> Optional.empty();
    };
  }

  private <T> Outcome<T> replayed(@Nullable T value, boolean available) {
    return new Outcome.Replayed<>(value, available, Timestamps.ofMicros(completedMicros));
  }

  private <T> @Nullable T decode(Codec<T> reader) {
    if (answer == null && codec == null) {
      return null; // It was settled without an answer, by who need not know its format.
    }
    String format = codec == null ? "" : codec;
    if (!reader.reads(format)) {
      throw new CodecException(reader.id() + " cannot read an answer of " + format, null);
    }
    if (answer == null) {
      return null;
    }
    try {
      return reader.decode(answer);
    } catch (RuntimeException failure) {
      throw new CodecException(reader.id() + " failed on a stored answer", failure);
    }
  }

  /** For operators. */
  public MutationRecord describe(MutationId id) {
    boolean unresolved = state == MutationRecord.State.CLAIMED && isExpired() && externalCall;
    return new MutationRecord(
        id,
        unresolved ? MutationRecord.State.UNRESOLVED : state,
        attempt,
        claimedAt(),
        completedMicros == 0 ? null : Timestamps.ofMicros(completedMicros));
  }

  private Instant claimedAt() {
    return Timestamps.ofMicros(claimedMicros);
  }
}
