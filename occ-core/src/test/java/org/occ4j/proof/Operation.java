/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

import org.jspecify.annotations.Nullable;
import org.occ4j.Expected;

/**
 * One call of a worker and what it was told.
 *
 * @param id unique in the history
 * @param node on which node it was made
 * @param call what was called
 * @param key of the store; of an {@link Call#EFFECT} any text
 * @param content the name of what it writes, unique in the history; null if it writes nothing
 * @param expected {@code any}, {@code absent}, {@code present}, or a version
 * @param mutation the id under which it was sent, shared by its repetitions; null for a call
 *     without one
 * @param audited whether it also writes an {@link EffectRow}
 * @param began when, by the monotonic clock of the machine
 * @param ended when it was answered; {@link #NEVER} if it was not
 * @param told the answer
 * @param value the value in the answer, null if there is none
 * @param version the version in the answer, 0 if there is none
 */
record Operation(
    String id,
    String node,
    Call call,
    String key,
    @Nullable String content,
    String expected,
    @Nullable String mutation,
    boolean audited,
    long began,
    long ended,
    Told told,
    @Nullable String value,
    long version) {

  static final long NEVER = Long.MAX_VALUE;

  /** What was called. */
  enum Call {
    READ,
    PUT,
    DELETE,
    /** A value made of the one before it; see {@link State#edited}. */
    EDIT,
    /** Something done once outside of the store. */
    EFFECT,
    /** A read through the cache of the node, which may be old: see {@link Staleness}. */
    CACHED_READ
  }

  /** What was answered. */
  enum Told {
    FOUND,
    APPLIED,
    /** Done by an earlier attempt. */
    REPLAYED,
    CONFLICT,
    /** A final no. */
    REJECTED,
    /** Surely nothing done by this call: unavailable, refused, thrown by the edit. */
    NOTHING_DONE,
    UNKNOWN
  }

  static String spelled(Expected expected) {
    if (expected instanceof Expected.Version version) {
      return Long.toString(version.version());
    }
    return expected == Expected.any()
        ? "any"
        : expected == Expected.absent() ? "absent" : "present";
  }

  static Expected expectation(String spelled) {
    return switch (spelled) {
      case "any" -> Expected.any();
      case "absent" -> Expected.absent();
      case "present" -> Expected.present();
      default -> Expected.version(Long.parseLong(spelled));
    };
  }

  /** The same call with its answer. */
  Operation answered(Told answer, State state, long when) {
    return new Operation(
        id,
        node,
        call,
        key,
        content,
        expected,
        mutation,
        audited,
        began,
        when,
        answer,
        state.value(),
        state.version());
  }

  /** The same call and answer, which came at that time. */
  Operation answeredAt(long when) {
    return lasting(began, when);
  }

  /** The same call, said to have lasted from the one time to the other. */
  Operation lasting(long from, long to) {
    return new Operation(
        id, node, call, key, content, expected, mutation, audited, from, to, told, value, version);
  }

  /** Until when it may have had its effect. */
  long until() {
    return isUnknown() ? NEVER : ended;
  }

  State state() {
    return new State(value, version);
  }

  boolean isApplied() {
    return told == Told.APPLIED || told == Told.REPLAYED;
  }

  boolean isUnknown() {
    return told == Told.UNKNOWN;
  }

  boolean holdsFor(State state) {
    return switch (expected) {
      case "any" -> true;
      case "absent" -> state.isAbsent();
      case "present" -> !state.isAbsent();
      default -> !state.isAbsent() && Long.parseLong(expected) == state.version();
    };
  }

  /** The value that it leaves where {@code before} was; null for none. */
  @Nullable String valueAfter(State before) {
    return switch (call) {
      case PUT -> content;
      case EDIT -> State.edited(String.valueOf(content), before.value());
      case DELETE -> null;
      case READ, EFFECT, CACHED_READ -> throw new IllegalStateException("writes nothing: " + this);
    };
  }
}
