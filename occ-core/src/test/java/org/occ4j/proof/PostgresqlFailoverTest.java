/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.occ4j.testkit.Patience.await;

import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.occ4j.Expected;
import org.occ4j.proof.Operation.Call;
import org.occ4j.proof.Operation.Told;
import org.occ4j.proof.Violation.Kind;
import org.occ4j.testkit.Engine;

/**
 * A primary with a streaming standby dies, and the standby takes over under nodes that go on: with
 * synchronous replication nothing is lost; with asynchronous replication acknowledged commits are,
 * and what then still holds, and what cannot, is exactly what is said here.
 */
@Tag(Engine.POSTGRESQL_TAG)
class PostgresqlFailoverTest extends PostgresqlPair {
  @BeforeEach
  void open() {
    openNodes();
  }

  @Test
  void primaryLost_withSynchronousStandby_losesNothingThatWasAcknowledged() throws Exception {
    replicateSynchronously();
    workWhile(this::failOver);
    assertThat(wrong(Judgement.of(history))).isEmpty();
  }

  @Test
  void primaryLost_withAsynchronousStandby_losesCommitsAndClaimsNothingElse() throws Exception {
    Client here = client("here", nodes.get(0));
    Client there = client("there", nodes.get(1));
    Intent kept = edit(here, Expected.any());
    hold(here);
    Operation state = here.send(kept);
    String found = "SELECT 1 FROM audit WHERE mutation = '" + kept.id() + "'";
    await().until(() -> "1".equals(one(taken, found)));
    standby.kill();

    Intent lost = edit(here, Expected.version(state.version()));
    Operation acknowledged = here.send(lost);
    assertThat(acknowledged.told()).isEqualTo(Told.APPLIED);
    Operation more = there.put(KEY, Expected.version(acknowledged.version()));
    assertThat(more.told()).isEqualTo(Told.APPLIED);
    Operation carried = here.send(edit(here, Expected.any()));
    Intent unconditional = edit(there, Expected.any());
    Operation first = there.send(unconditional);
    hold(here);
    hold(there);
    await().until(() -> toldOf(carried) == 2);
    primary.kill();
    standby.restart();
    promote();
    // Pools do not try a connection that was used just before, so each node's first calls could
    // meet
    // connections to the server that is gone.
    nodes.forEach(JdbcNode::evict);

    for (Client client : List.of(here, there)) {
      await().until(() -> client.read(KEY).told() == Told.FOUND);
      assertThat(client.read(KEY).state()).as("it has forgotten").isEqualTo(state.state());
    }
    assertThat(here.put(KEY, Expected.version(more.version())).told())
        .as("what expects a lost version conflicts")
        .isEqualTo(Told.CONFLICT);
    assertThat(here.send(kept).told()).as("what is there is replayed").isEqualTo(Told.REPLAYED);

    Intent later = edit(here, Expected.any());
    Operation onTop = here.send(later);
    assertThat(onTop.value())
        .as("a state carried along from before is not trusted")
        .endsWith("<" + kept.content());
    Operation again = there.send(lost);
    assertThat(again.told())
        .as("a mutation that was lost is not known: it is checked anew")
        .isEqualTo(Told.CONFLICT);
    assertThat(again.state()).isEqualTo(onTop.state());
    Operation second = there.send(unconditional);
    assertThat(second.told()).as("and done anew if it may").isEqualTo(Told.APPLIED);
    assertThat(second.version()).isGreaterThan(first.version());
    hold(there);
    hold(here);

    // A feed goes on behind what is there when it notices, so it may not tell of writes until then.
    await()
        .alias("both feeds say that they cannot go on where they were")
        .until(() -> missed() == 2);
    Intent afterwards = edit(here, Expected.any());
    Operation heard = here.send(afterwards);
    await().until(() -> toldOf(heard) == 2);

    List<EffectRow> rows = JdbcNode.effects(taken);
    assertThat(rows)
        .as("one row of each mutation that is there, with its last answer")
        .containsExactlyInAnyOrder(
            row(kept, state),
            row(unconditional, second),
            row(later, onTop),
            row(afterwards, heard));
    rows.forEach(history::add);
    assertThat(Judgement.of(history))
        .as("lost are writes, effects and their answers; versions and tokens never repeat")
        .extracting(Violation::kind)
        .contains(Kind.NOT_LINEARIZABLE, Kind.NOT_ONCE, Kind.OTHER_ANSWER)
        .doesNotContain(Kind.VERSION_TWICE, Kind.TWO_HOLDS, Kind.TOKEN_FELL, Kind.UNDECIDED);
  }

  private static Intent edit(Client client, Expected expected) {
    return new Intent(UUID.randomUUID(), Call.EDIT, KEY, client.fresh(), expected, true, false);
  }

  private static EffectRow row(Intent intent, Operation answer) {
    return new EffectRow(intent.id().toString(), answer.version());
  }

  private static void hold(Client client) throws Exception {
    client.hold(KEY, () -> {});
  }

  private long missed() {
    return history.feed().stream()
        .filter(entry -> entry.kind().equals(FeedEntry.MISSED))
        .map(FeedEntry::follower)
        .distinct()
        .count();
  }

  private long toldOf(Operation operation) {
    return history.feed().stream()
        .filter(entry -> entry.version() == operation.version())
        .map(FeedEntry::follower)
        .distinct()
        .count();
  }
}
