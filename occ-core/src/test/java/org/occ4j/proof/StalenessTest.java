/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.occ4j.proof.Operation.Call;
import org.occ4j.proof.Operation.Told;

/** The judge of cached reads on histories that are known to be good or bad. */
class StalenessTest {
  private static final String HERE = "here";
  private static final String THERE = "there";
  private static final Duration MAXIMUM = Duration.ofNanos(100);

  private int operations;

  private Operation put(String node, long version, long began, long ended) {
    return call(node, Call.PUT, began, ended, Told.APPLIED, "v" + version, version);
  }

  private Operation delete(Told told, long began, long ended) {
    return call(THERE, Call.DELETE, began, ended, told, null, 0);
  }

  private Operation deleteHere(String expected, long began, long ended) {
    Operation any = call(HERE, Call.DELETE, began, ended, Told.APPLIED, null, 0);
    return new Operation(
        any.id(),
        HERE,
        Call.DELETE,
        any.key(),
        null,
        expected,
        null,
        false,
        began,
        ended,
        Told.APPLIED,
        null,
        0);
  }

  private Operation cached(long version, long began, long ended) {
    String value = version == 0 ? null : "v" + version;
    return call(HERE, Call.CACHED_READ, began, ended, Told.FOUND, value, version);
  }

  private Operation call(
      String node,
      Call call,
      long began,
      long ended,
      Told told,
      @Nullable String value,
      long version) {
    return new Operation(
        "o" + operations++,
        node,
        call,
        "key",
        value,
        "any",
        null,
        false,
        began,
        ended,
        told,
        value,
        version);
  }

  private static Poll poll(String node, long asOf, long told) {
    return new Poll(node, asOf, told);
  }

  private static boolean isStale(List<Operation> operations, Poll... polls) {
    return !Staleness.judge(operations, List.of(polls), MAXIMUM).isEmpty();
  }

  private static List<Operation> and(List<Operation> operations, Operation one) {
    return Stream.concat(operations.stream(), Stream.of(one)).toList();
  }

  @Test
  void staleness_afterAWriteOfItsOwnNode_isNone() {
    List<Operation> written = List.of(put(HERE, 1, 1, 2), put(HERE, 2, 3, 6));
    assertThat(isStale(and(written, cached(1, 7, 8)))).as("old").isTrue();
    assertThat(isStale(and(written, cached(1, 5, 8)))).as("begun before the answer").isFalse();
    assertThat(isStale(and(written, cached(2, 7, 8)))).as("new").isFalse();
    assertThat(isStale(and(written, cached(3, 7, 8)))).as("newer").isFalse();
  }

  @Test
  void staleness_afterAWriteOfAnotherNode_endsWithAPollThatWasSentLater() {
    List<Operation> read = List.of(put(THERE, 1, 1, 2), put(THERE, 2, 3, 6), cached(1, 20, 21));
    assertThat(isStale(read)).as("no poll").isFalse();
    assertThat(isStale(read, poll(HERE, 5, 9))).as("sent before the answer").isFalse();
    assertThat(isStale(read, poll(THERE, 7, 9))).as("of another node").isFalse();
    assertThat(isStale(read, poll(HERE, 7, 20), poll(HERE, 15, 30))).as("sent later").isTrue();
    assertThat(isStale(read, poll(HERE, 7, 22))).as("ended during the read").isFalse();
  }

  @Test
  void staleness_ofANodeThatHasLostContact_isNone() {
    List<Operation> read = List.of(put(THERE, 1, 1, 2), put(THERE, 2, 50, 60), cached(1, 110, 112));
    assertThat(isStale(read, poll(HERE, 10, 11))).as("silent for the maximum").isTrue();
    assertThat(isStale(read, poll(HERE, 11, 12))).as("for less").isFalse();
    assertThat(isStale(read, poll(HERE, 10, 11), poll(HERE, 40, 130)))
        .as("a poll may have ended during the read, and have been recorded later")
        .isFalse();
    assertThat(isStale(List.of(put(THERE, 2, 105, 111), cached(1, 110, 112)), poll(HERE, 1, 2)))
        .as("written during the read")
        .isFalse();
  }

  @Test
  void staleness_ofAReplay_isThatOfAnotherNodesWrite() {
    Operation replay = call(HERE, Call.EDIT, 5, 6, Told.REPLAYED, "v2", 2);
    List<Operation> read = List.of(put(HERE, 1, 1, 2), replay, cached(1, 20, 21));
    assertThat(isStale(read)).isFalse();
    assertThat(isStale(read, poll(HERE, 7, 9))).isTrue();
  }

  @Test
  void staleness_afterADeletion_isJudgedByWhatWasSeenBefore() {
    Operation put = put(THERE, 1, 1, 2);
    Poll poll = poll(HERE, 10, 11);
    assertThat(isStale(List.of(put, delete(Told.APPLIED, 3, 4), cached(1, 12, 13)), poll)).isTrue();
    assertThat(isStale(List.of(put, delete(Told.APPLIED, 3, 4), cached(0, 12, 13)), poll))
        .isFalse();
    assertThat(isStale(List.of(put, delete(Told.UNKNOWN, 3, 4), cached(1, 12, 13)), poll))
        .as("it may not have happened")
        .isFalse();
    assertThat(isStale(List.of(put, delete(Told.APPLIED, 2, 4), cached(1, 12, 13)), poll))
        .as("the write may have come after it")
        .isFalse();
  }

  @Test
  void staleness_afterADeletionOnItsOwnNode_isNoneIfThatFoundSomething() {
    Operation put = put(THERE, 1, 1, 2);
    for (String expected : List.of("present", "1")) {
      assertThat(isStale(List.of(put, deleteHere(expected, 3, 4), cached(1, 12, 13)))).isTrue();
    }
    for (String expected : List.of("any", "absent")) {
      List<Operation> read = List.of(put, deleteHere(expected, 3, 4), cached(1, 12, 13));
      assertThat(isStale(read)).isFalse();
      assertThat(isStale(read, poll(HERE, 10, 11))).isTrue();
    }
  }

  /** A clock that was set back gives a key that is made anew a smaller version. */
  @Test
  void staleness_afterADeletion_isNoMatterOfTheOrderOfVersions() {
    Poll poll = poll(HERE, 10, 11);
    Operation put = put(THERE, 5, 1, 2);
    Operation again = put(THERE, 3, 5, 6);
    List<Operation> made = List.of(put, delete(Told.APPLIED, 3, 4), again);
    assertThat(isStale(and(made, cached(3, 12, 13)), poll)).isFalse();
    assertThat(isStale(and(made, cached(5, 12, 13)), poll)).isTrue();
    assertThat(isStale(List.of(put, cached(3, 12, 13)), poll)).as("never deleted").isTrue();
  }

  @Test
  void staleness_ofAnAbsentKey_needsADeletion() {
    Operation put = put(THERE, 1, 3, 4);
    Poll poll = poll(HERE, 10, 11);
    assertThat(isStale(List.of(put, cached(0, 12, 13)), poll)).isTrue();
    assertThat(isStale(List.of(put, cached(0, 12, 13)))).as("no poll").isFalse();
    assertThat(isStale(List.of(put, delete(Told.APPLIED, 1, 2), cached(0, 12, 13)), poll))
        .as("deleted before")
        .isTrue();
    assertThat(isStale(List.of(put, delete(Told.UNKNOWN, 1, 2), cached(0, 12, 13)), poll))
        .as("perhaps deleted")
        .isFalse();
    assertThat(isStale(List.of(put, delete(Told.APPLIED, 12, 15), cached(0, 12, 13)), poll))
        .as("deleted during the read")
        .isFalse();
  }
}
