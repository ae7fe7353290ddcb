/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.occ4j.proof.Linearizability.Verdict;
import org.occ4j.proof.Operation.Call;
import org.occ4j.proof.Operation.Told;
import org.occ4j.proof.Violation.Kind;

/** The judges on histories that are known to be good or bad. */
class JudgesTest {
  private static final int HISTORIES = 80;
  private static final int LENGTH = 40;

  private int operations;

  private Operation put(String content, String expected, long began, long ended, long version) {
    return call(Call.PUT, content, expected, began, ended, Told.APPLIED, content, version);
  }

  private Operation lost(String content, long began) {
    return call(Call.PUT, content, "any", began, Operation.NEVER, Told.UNKNOWN, null, 0);
  }

  private Operation read(@Nullable String value, long version, long began, long ended) {
    return call(Call.READ, null, "any", began, ended, Told.FOUND, value, version);
  }

  private Operation call(
      Call call,
      @Nullable String content,
      String expected,
      long began,
      long ended,
      Told told,
      @Nullable String value,
      long version) {
    return new Operation(
        "o" + operations++,
        "n",
        call,
        "key",
        content,
        expected,
        null,
        false,
        began,
        ended,
        told,
        value,
        version);
  }

  private static Operation sent(Operation operation, boolean audited) {
    return new Operation(
        operation.id(),
        operation.node(),
        operation.call(),
        operation.key(),
        operation.content(),
        operation.expected(),
        "mutation",
        audited,
        operation.began(),
        operation.ended(),
        operation.told(),
        operation.value(),
        operation.version());
  }

  @Test
  void linearizability_overlappingOperations_mayStandInEitherOrder() {
    assertThat(Linearizability.of(List.of(put("a", "any", 0, 10, 2), put("b", "any", 5, 15, 1))))
        .isEqualTo(Verdict.LINEARIZABLE);
    assertThat(Linearizability.of(List.of(put("a", "any", 0, 4, 2), put("b", "any", 5, 15, 1))))
        .isEqualTo(Verdict.NOT_LINEARIZABLE);
  }

  @Test
  void linearizability_unknownWrite_mayHappenLateOrNever() {
    Operation a = put("a", "absent", 0, 1, 1);
    Operation unknown = lost("b", 2);
    assertThat(Linearizability.of(List.of(a, unknown, read("a", 1, 3, 4))))
        .isEqualTo(Verdict.LINEARIZABLE);
    assertThat(Linearizability.of(List.of(a, unknown, read("a", 1, 3, 4), read("b", 2, 5, 6))))
        .isEqualTo(Verdict.LINEARIZABLE);
    assertThat(Linearizability.of(List.of(a, unknown, read("b", 2, 3, 4), read("a", 1, 5, 6))))
        .as("it does not go away again")
        .isEqualTo(Verdict.NOT_LINEARIZABLE);
    assertThat(Linearizability.of(List.of(a, read("b", 2, 0, 1), lost("b", 2))))
        .as("it does not happen before it began")
        .isEqualTo(Verdict.NOT_LINEARIZABLE);
  }

  @Test
  void linearizability_editThatDidNotSeeTheLastWrite_isNone() {
    Operation a = put("a", "absent", 0, 1, 1);
    Operation b = put("b", "any", 2, 3, 2);
    Operation seesA = call(Call.EDIT, "c", "any", 4, 5, Told.APPLIED, "c<a", 3);
    Operation seesB = call(Call.EDIT, "c", "any", 4, 5, Told.APPLIED, "c<b", 3);
    assertThat(Linearizability.of(List.of(a, b, seesA))).isEqualTo(Verdict.NOT_LINEARIZABLE);
    assertThat(Linearizability.of(List.of(a, b, seesB))).isEqualTo(Verdict.LINEARIZABLE);
  }

  @Test
  void linearizability_conflictThatWasNone_isNone() {
    Operation a = put("a", "absent", 0, 1, 1);
    assertThat(
            Linearizability.of(List.of(a, call(Call.PUT, "b", "1", 2, 3, Told.CONFLICT, "a", 1))))
        .isEqualTo(Verdict.NOT_LINEARIZABLE);
    assertThat(
            Linearizability.of(List.of(a, call(Call.PUT, "b", "2", 2, 3, Told.CONFLICT, "a", 1))))
        .isEqualTo(Verdict.LINEARIZABLE);
  }

  @Test
  void linearizability_goodHistories_areAllFoundGood() {
    for (long seed = 0; seed < HISTORIES; seed++) {
      List<Operation> history = RandomHistories.of(seed, LENGTH);
      assertThat(Linearizability.of(history)).as("seed " + seed).isEqualTo(Verdict.LINEARIZABLE);
      assertThat(Shrinker.shrink(history)).hasSameSizeAs(history);
    }
  }

  @Test
  void shrink_badHistories_leavesFewOperationsThatFail() {
    int bad = 0;
    for (long seed = 0; seed < HISTORIES; seed++) {
      List<Operation> history = RandomHistories.withStaleRead(seed, LENGTH);
      if (history == null) {
        continue;
      }
      bad++;
      List<Operation> left = Shrinker.shrink(history);
      assertThat(Registers.judge(history))
          .as("seed " + seed)
          .extracting(Violation::kind)
          .contains(Kind.NOT_LINEARIZABLE);
      assertThat(left).as("seed " + seed).hasSizeLessThanOrEqualTo(LENGTH);
      assertThat(left).extracting(Operation::id).contains("stale");
    }
    assertThat(bad).isGreaterThan(HISTORIES / 2);
  }

  @Test
  void shrink_longBadHistoryWithoutUnknowns_leavesTheTwoThatCannotBothBe() {
    List<Operation> history =
        new java.util.ArrayList<>(List.of(put("a", "absent", 0, 1, 1), put("b", "any", 2, 3, 2)));
    for (int i = 0; i < 30; i++) {
      history.add(put("c" + i, "any", 10L * i + 10, 10L * i + 15, i + 3L));
    }
    history.add(read("b", 2, 166, 168));
    assertThat(Shrinker.shrink(history)).hasSizeLessThanOrEqualTo(2);
  }

  @Test
  void effects_unknownAttemptSettledByAConflict_hasNoRow() {
    Operation unknown = sent(lost("a", 0).answeredAt(1), true);
    Operation conflict = sent(call(Call.PUT, "a", "9", 2, 3, Told.CONFLICT, null, 0), true);
    List<EffectRow> row = List.of(new EffectRow("mutation", 1));
    assertThat(Effects.judge(List.of(unknown), row)).isEmpty();
    assertThat(Effects.judge(List.of(unknown, conflict), List.of())).isEmpty();
    assertThat(Effects.judge(List.of(unknown, conflict), row))
        .extracting(Violation::kind)
        .containsExactly(Kind.NOT_ONCE);
  }

  @Test
  void effects_rowMissingOrTwiceOrOfAnotherVersion_isCaught() {
    Operation applied = sent(put("a", "any", 0, 1, 7), true);
    EffectRow row = new EffectRow("mutation", 7);
    assertThat(Effects.judge(List.of(applied), List.of(row))).isEmpty();
    assertThat(Effects.judge(List.of(applied), List.of())).hasSize(1);
    assertThat(Effects.judge(List.of(applied), List.of(row, row))).hasSize(1);
    assertThat(Effects.judge(List.of(applied), List.of(new EffectRow("mutation", 8))))
        .extracting(Violation::kind)
        .containsExactly(Kind.OTHER_ANSWER);
  }

  /** Only after a step forward, for no longer than a lease, and never with a smaller token. */
  @Test
  void holds_twoAtOnce_areExcusedOnlyByADatabaseClockThatLeaptAhead() {
    long lease = JdbcNode.LEASE.toNanos();
    Held former = new Held("a", "n", "key", 0, 10, 10 + lease, 7);
    Held latter = new Held("b", "m", "key", 30, 40, 50, 8);
    List<Held> both = List.of(former, latter);
    List<ClockStep> ahead = List.of(new ClockStep(20, 25, 1_000));
    assertThat(kinds(both)).containsExactly(Kind.TWO_HOLDS);
    assertThat(Holds.judge(both, ahead)).isEmpty();
    assertThat(kinds(both, new ClockStep(20, 25, -1_000))).containsExactly(Kind.TWO_HOLDS);
    assertThat(kinds(both, new ClockStep(60, 65, 1_000))).containsExactly(Kind.TWO_HOLDS);
    Held tooLong = new Held("a", "n", "key", 0, 10, 26 + lease, 7);
    assertThat(Holds.judge(List.of(tooLong, latter), ahead)).hasSize(1);
    Held smaller = new Held("b", "m", "key", 30, 40, 50, 6);
    assertThat(Holds.judge(List.of(former, smaller), ahead))
        .extracting(Violation::kind)
        .containsExactly(Kind.TOKEN_FELL);
  }

  /** A cluster with a wrong clock: at any time, for no longer than a lease beside the other. */
  @Test
  void holds_twoAtOnceWhereClocksDiffer_areExcusedForALeaseAfterTheOtherWasGranted() {
    long now = System.nanoTime();
    List<ClockStep> differ = ClockStep.ofClocksThatDiffer();
    long granted = System.nanoTime();
    long lease = JdbcNode.LEASE.toNanos();
    Held latter = new Held("b", "m", "key", granted, granted, granted + 1, 8);
    Held former = new Held("a", "n", "key", now, now, granted + lease, 7);
    assertThat(Holds.judge(List.of(former, latter), differ)).isEmpty();
    Held tooLong = new Held("a", "n", "key", now, now, granted + lease + 1, 7);
    assertThat(Holds.judge(List.of(tooLong, latter), differ))
        .extracting(Violation::kind)
        .containsExactly(Kind.TWO_HOLDS);
  }

  private static List<Kind> kinds(List<Held> holds, ClockStep... steps) {
    return Holds.judge(holds, List.of(steps)).stream().map(Violation::kind).toList();
  }

  @Test
  void feed_smallerVersionAfterADeletion_isExcusedOnlyByADatabaseClockThatWasSetBack() {
    History history = new History();
    history.add(put("a", "absent", 0, 1, 9));
    history.add(put("b", "absent", 4, 5, 5));
    history.add(new FeedEntry("f", "PUT", "key", 9));
    history.add(new FeedEntry("f", "DELETE", "key", 9));
    history.add(new FeedEntry("f", "PUT", "key", 5));
    assertThat(Feeds.judge(history)).extracting(Violation::kind).containsExactly(Kind.FEED_WRONG);
    history.add(new ClockStep(2, 3, 1_000));
    assertThat(Feeds.judge(history)).hasSize(1);
    history.add(new ClockStep(3, 4, -1_000));
    assertThat(Feeds.judge(history)).isEmpty();
    history.add(new FeedEntry("f", "PUT", "key", 4));
    assertThat(Feeds.judge(history)).as("not deleted before").isNotEmpty();
  }

  @Test
  void lines_ofARecord_areReadBackAsTheSame() {
    List<Record> records =
        List.of(
            lost("a", 0),
            read(null, 0, 1, 2),
            new Held("h", "n", "key", 1, 2, 3, 4),
            new EffectRow("m", 1),
            new FeedEntry("n", "PUT", "key", 1),
            new ClockStep(1, 2, -3));
    for (Record record : records) {
      assertThat(Lines.parse(Lines.of(record))).isEqualTo(record);
    }
    assertThat(Lines.parse("Held\tcut off")).isNull();
    assertThat(Lines.parse("any other output")).isNull();
  }

  @Test
  void write_ofABadHistory_namesSeedAndViolation() throws Exception {
    History history = new History();
    history.add(put("a", "absent", 0, 1, 1));
    history.add(read(null, 0, 2, 3));
    Path file = Judgement.write("an example", 42, Judgement.of(history), history);
    assertThat(Files.readString(file))
        .contains("seed 42", "NOT_LINEARIZABLE", Lines.of(history.operations().get(1)));
    Files.delete(file);
  }
}
