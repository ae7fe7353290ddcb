/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.occ4j.testkit.Patience.await;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.occ4j.Expected;
import org.occ4j.RetryPolicy;
import org.occ4j.Versioned;
import org.occ4j.store.Commit;
import org.occ4j.store.CommitResult;
import org.occ4j.store.Write;
import org.occ4j.store.WriteResult;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.Running;

/** A write that waits for a rival's transaction is answered by how that transaction ended. */
abstract class RivalTransactionContract extends OldSnapshotContract {
  private static final Duration LONG = Duration.ofSeconds(60);

  RivalTransactionContract(Engine engine, String options, OldSnapshot oldSnapshot) {
    super(engine, options, oldSnapshot);
  }

  private enum RivalEnds {
    COMMITTED,
    ROLLED_BACK
  }

  /** What the call answers that waits for the rival's transaction. */
  private <T> T waitingFor(Rival rival, RivalEnds end, Callable<T> call) throws Exception {
    try (Connection connection = transaction()) {
      rival.write(store.joining(connection));
      Running<T> waiting = Running.start(call);
      await().atMost(LONG).until(this::somebodyWaits);
      if (end == RivalEnds.COMMITTED) {
        connection.commit();
      } else {
        connection.rollback();
      }
      return waiting.result();
    }
  }

  private boolean somebodyWaits() throws SQLException {
    try (Connection connection = database.connect()) {
      return Sql.number(connection, Sql.waitingSessions(engine)) > 0;
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void put_rivalUpdates_conflictsWithItsState(boolean recorded) throws Exception {
    Expected old = Expected.version(put("a", "one").version());
    WriteResult<String> result =
        waitingFor(
            rival -> rival.put("a", "theirs", Expected.any()).orThrow(),
            RivalEnds.COMMITTED,
            () -> store.recordChanges(recorded).put("a", "mine", old));
    Versioned<String> there = store.get("a").orElseThrow();
    assertThat(there.value()).isEqualTo("theirs");
    assertThat(result).isEqualTo(new WriteResult.Conflict<>(old, there));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void put_rivalDeletes_conflictsWithNothing(boolean recorded) throws Exception {
    Expected old = Expected.version(put("a", "one").version());
    WriteResult<String> result =
        waitingFor(
            rival -> rival.delete("a", Expected.any()).orThrow(),
            RivalEnds.COMMITTED,
            () -> store.recordChanges(recorded).put("a", "mine", old));
    assertThat(result).isEqualTo(new WriteResult.Conflict<>(old, null));
    assertThat(store.get("a")).isEmpty();
  }

  @Test
  void put_rivalDeletesAndCreatesAgain_conflictsWithTheNewLife() throws Exception {
    Expected old = Expected.version(put("a", "one").version());
    WriteResult<String> result =
        waitingFor(
            rival -> {
              rival.delete("a", Expected.any()).orThrow();
              rival.put("a", "again", Expected.absent()).orThrow();
            },
            RivalEnds.COMMITTED,
            () -> store.put("a", "mine", old));
    Versioned<String> there = store.get("a").orElseThrow();
    assertThat(there.value()).isEqualTo("again");
    assertThat(result).isEqualTo(new WriteResult.Conflict<>(old, there));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void put_rivalRollsBack_isApplied(boolean recorded) throws Exception {
    Expected old = Expected.version(put("a", "one").version());
    WriteResult<String> result =
        waitingFor(
            rival -> rival.delete("a", Expected.any()).orThrow(),
            RivalEnds.ROLLED_BACK,
            () -> store.recordChanges(recorded).put("a", "mine", old));
    assertThat(store.get("a")).contains(now(result));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void delete_rivalUpdates_conflictsWithItsState(boolean recorded) throws Exception {
    Expected old = Expected.version(put("a", "one").version());
    WriteResult<String> result =
        waitingFor(
            rival -> rival.put("a", "theirs", Expected.any()).orThrow(),
            RivalEnds.COMMITTED,
            () -> store.recordChanges(recorded).delete("a", old));
    assertThat(result).isEqualTo(new WriteResult.Conflict<>(old, store.get("a").orElseThrow()));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void delete_rivalDeletes_conflictsWithNothing(boolean recorded) throws Exception {
    Expected old = Expected.version(put("a", "one").version());
    WriteResult<String> result =
        waitingFor(
            rival -> rival.delete("a", Expected.any()).orThrow(),
            RivalEnds.COMMITTED,
            () -> store.recordChanges(recorded).delete("a", old));
    assertThat(result).isEqualTo(new WriteResult.Conflict<>(old, null));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void create_rivalCreates_conflictsWithItsState(boolean recorded) throws Exception {
    WriteResult<String> result =
        waitingFor(
            rival -> rival.put("a", "theirs", Expected.absent()).orThrow(),
            RivalEnds.COMMITTED,
            () -> store.recordChanges(recorded).put("a", "mine", Expected.absent()));
    assertThat(result)
        .isEqualTo(new WriteResult.Conflict<>(Expected.absent(), store.get("a").orElseThrow()));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void create_rivalRollsBack_isApplied(boolean recorded) throws Exception {
    WriteResult<String> result =
        waitingFor(
            rival -> rival.put("a", "theirs", Expected.absent()).orThrow(),
            RivalEnds.ROLLED_BACK,
            () -> store.recordChanges(recorded).put("a", "mine", Expected.absent()));
    assertThat(store.get("a")).contains(now(result));
  }

  @Test
  void putWhateverIsThere_rivalDeletes_creates() throws Exception {
    long old = put("a", "one").version();
    WriteResult<String> result =
        waitingFor(
            rival -> rival.delete("a", Expected.any()).orThrow(),
            RivalEnds.COMMITTED,
            () -> store.put("a", "mine", Expected.any()));
    assertThat(store.get("a")).contains(now(result));
    assertThat(now(result).version()).isGreaterThan(old);
  }

  @Test
  void update_rivalUpdates_editsItsState() throws Exception {
    put("a", "one");
    WriteResult<String> result =
        waitingFor(
            rival -> rival.put("a", "theirs", Expected.any()).orThrow(),
            RivalEnds.COMMITTED,
            () -> store.update("a", value -> value + "!", RetryPolicy.defaults()));
    assertThat(now(result).value()).isEqualTo("theirs!");
  }

  @Test
  void writeAll_rivalUpdatesOne_conflictsForThatOneAlone() throws Exception {
    Expected old = Expected.version(put("b", "one").version());
    List<WriteResult<String>> results =
        waitingFor(
                rival -> rival.put("b", "theirs", Expected.any()).orThrow(),
                RivalEnds.COMMITTED,
                () ->
                    store.writeAll(
                        List.of(
                            Write.put("a", "mine", Expected.absent()),
                            Write.put("b", "mine", old),
                            Write.put("c", "mine", Expected.absent()))))
            .items()
            .stream()
            .map(item -> item.orThrow())
            .toList();
    assertThat(results.get(1))
        .isEqualTo(new WriteResult.Conflict<>(old, store.get("b").orElseThrow()));
    assertThat(results.get(0).current()).isEqualTo(store.get("a").orElseThrow());
    assertThat(results.get(2).current()).isEqualTo(store.get("c").orElseThrow());
  }

  @Test
  void writeAll_conflictsBeforeARivalIsWaitedFor_namesTheRivalsState() throws Exception {
    put("a", "one");
    Expected old = Expected.version(put("b", "one").version());
    WriteResult<String> second =
        waitingFor(
                rival -> rival.put("b", "theirs", Expected.any()).orThrow(),
                RivalEnds.COMMITTED,
                () ->
                    store.writeAll(
                        List.of(
                            Write.put("a", "mine", Expected.absent()),
                            Write.put("b", "mine", old))))
            .items()
            .get(1)
            .orThrow();
    assertThat(second).isEqualTo(new WriteResult.Conflict<>(old, store.get("b").orElseThrow()));
  }

  @Test
  void commit_rivalUpdatesOne_changesNothingAndNamesItsState() throws Exception {
    Expected old = Expected.version(put("b", "one").version());
    CommitResult<String, String> result =
        waitingFor(
            rival -> rival.put("b", "theirs", Expected.any()).orThrow(),
            RivalEnds.COMMITTED,
            () ->
                store.commit(
                    Commit.<String, String>empty()
                        .put("a", "mine", Expected.absent())
                        .put("b", "mine", old)));
    assertThat(result)
        .isEqualTo(
            new CommitResult.Conflicted<>(
                Map.of("b", new WriteResult.Conflict<>(old, store.get("b").orElseThrow()))));
    assertThat(store.get("a")).isEmpty();
  }

  /** The row that holds the absent key is late by the wait, and gone when that is looked after. */
  @Test
  void commit_rivalOfAKeyThatIsToStayAbsentRollsBack_isCommitted() throws Exception {
    CommitResult<String, String> result =
        waitingFor(
            rival -> rival.put("b", "theirs", Expected.absent()).orThrow(),
            RivalEnds.ROLLED_BACK,
            () ->
                store.commit(
                    Commit.<String, String>empty()
                        .put("a", "mine", Expected.absent())
                        .read("b", Expected.absent())));
    assertThat(result.isApplied()).isTrue();
    assertThat(store.get("a").orElseThrow().value()).isEqualTo("mine");
    assertThat(store.get("b")).isEmpty();
  }
}
