/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a writer believes about the state it is about to replace: the precondition of a write.
 *
 * <p>It is a required argument of every conditional write. A write that wants no check says {@link
 * #any()}; there is no overload that leaves it out, because the check left out by accident is the
 * lost update (guarantee G1).
 *
 * <ul>
 *   <li>{@link #version(long)} — the state has this version;
 *   <li>{@link #versionIn(Collection)} — the state has one of these versions ({@code If-Match} with
 *       a list of tags);
 *   <li>{@link #updatedAt(Instant)} — the state was written at this instant, for tables whose only
 *       token is a timestamp;
 *   <li>{@link #absent()} — there is no state: create, never overwrite ({@code If-None-Match: *});
 *   <li>{@link #present()} — there is some state: overwrite, never create ({@code If-Match: *});
 *   <li>{@link #any()} — whatever is there.
 * </ul>
 *
 * <p>Instances are immutable and compare by value.
 */
public sealed interface Expected {

  /**
   * Expects exactly this version.
   *
   * @throws IllegalArgumentException if {@code version} is negative
   */
  static Expected version(long version) {
    return new Version(version);
  }

  /**
   * Expects one of these versions, whichever. With none of them it holds for nothing, not even for
   * absence: the expectation of a writer who has seen a state that was never here.
   *
   * @return for a single version the same as {@link #version(long)}
   * @throws IllegalArgumentException if one is negative
   */
  static Expected versionIn(Collection<Long> versions) {
    VersionIn expected = new VersionIn(List.copyOf(versions));
    return expected.versions.size() == 1 ? version(expected.versions.get(0)) : expected;
  }

  /**
   * Expects a state written at this instant. The store compares in the precision in which it keeps
   * instants, microseconds if nothing else is said; finer digits are cut off on both sides.
   */
  static Expected updatedAt(Instant instant) {
    return new UpdatedAt(instant);
  }

  /** Expects that the key has no state. "New" is spelled this way, never as version zero. */
  static Expected absent() {
    return Absent.ABSENT;
  }

  /** Expects that the key has some state, no matter which. */
  static Expected present() {
    return Present.PRESENT;
  }

  /** Expects nothing: the write is unconditional and may overwrite what its caller never saw. */
  static Expected any() {
    return Any.ANY;
  }

  /**
   * Whether {@code current} is what was expected.
   *
   * @param current the state of the key, or null if there is none
   */
  boolean holdsFor(@Nullable Versioned<?> current);

  /** See {@link Expected#version(long)}. */
  record Version(long version) implements Expected {
    /** Refuses a negative version. */
    public Version {
      if (version < 0) {
        throw new IllegalArgumentException("expected version must not be negative: " + version);
      }
    }

    @Override
    public boolean holdsFor(@Nullable Versioned<?> current) {
      return current != null && current.version() == version;
    }
  }

  /** See {@link Expected#versionIn(Collection)}. The versions are in order, each of them once. */
  record VersionIn(List<Long> versions) implements Expected {
    /** Refuses a negative version. */
    public VersionIn {
      versions = versions.stream().distinct().sorted().toList();
      versions.stream().findFirst().ifPresent(Expected::version); // refuses a negative one
    }

    @Override
    public boolean holdsFor(@Nullable Versioned<?> current) {
      return current != null && versions.contains(current.version());
    }
  }

  /** See {@link Expected#updatedAt(Instant)}. */
  record UpdatedAt(Instant instant) implements Expected {
    /** Refuses null. */
    public UpdatedAt {
      Objects.requireNonNull(instant, "expected updatedAt");
    }

    @Override
    public boolean holdsFor(@Nullable Versioned<?> current) {
      return current != null
          && current.updatedAt() != null
          && Timestamps.toMicros(current.updatedAt()) == Timestamps.toMicros(instant);
    }
  }

  /** See {@link Expected#absent()}. */
  enum Absent implements Expected {
    /** The only one. */
    ABSENT;

    @Override
    public boolean holdsFor(@Nullable Versioned<?> current) {
      return current == null;
    }
  }

  /** See {@link Expected#present()}. */
  enum Present implements Expected {
    /** The only one. */
    PRESENT;

    @Override
    public boolean holdsFor(@Nullable Versioned<?> current) {
      return current != null;
    }
  }

  /** See {@link Expected#any()}. */
  enum Any implements Expected {
    /** The only one. */
    ANY;

    @Override
    public boolean holdsFor(@Nullable Versioned<?> current) {
      return true;
    }
  }
}
