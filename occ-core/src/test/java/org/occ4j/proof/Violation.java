/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

/**
 * Something in a history that cannot be.
 *
 * @param kind what is broken
 * @param subject the key, mutation or follower
 * @param detail for people
 */
record Violation(Kind kind, String subject, String detail) {

  /** What can be broken. */
  enum Kind {
    /** No order of the operations of a key explains the answers (G1). */
    NOT_LINEARIZABLE,
    /** A search was given up; nothing is known. */
    UNDECIDED,
    /** A version names two contents, or a content has two versions (G2). */
    VERSION_TWICE,
    /** A mutation has more or fewer effects than it was told (G3). */
    NOT_ONCE,
    /** A replay differs from the first answer (G3). */
    OTHER_ANSWER,
    /** Two holds of a key were valid at once (G4). */
    TWO_HOLDS,
    /** A token is not greater than one granted before it (G4). */
    TOKEN_FELL,
    /** A cached read is older than the cache promises (G5). */
    STALE,
    /** A committed change was not told. */
    FEED_INCOMPLETE,
    /** A change was told twice, out of the order of its key, or never happened. */
    FEED_WRONG,
    /** A feed gave up. */
    FEED_MISSED
  }
}
