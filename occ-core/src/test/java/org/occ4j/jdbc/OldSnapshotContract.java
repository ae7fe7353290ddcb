/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.occ4j.Expected;
import org.occ4j.TransactionConflictException;
import org.occ4j.Versioned;
import org.occ4j.store.Commit;
import org.occ4j.store.CommitResult;
import org.occ4j.store.WriteResult;
import org.occ4j.testkit.Engine;

/**
 * A transaction of the caller whose snapshot is older than the row loses to the rival that wrote
 * it.
 */
abstract class OldSnapshotContract extends StoreIsolationFixture {
  OldSnapshotContract(Engine engine, String options, OldSnapshot oldSnapshot) {
    super(engine, options, oldSnapshot);
  }

  private interface Losing {
    WriteResult<String> write(JoinedStore<String, String> joined);
  }

  /** A rival writes after the caller's transaction has read; then the caller writes. */
  private void assertLoses(Rival rival, Expected expected, Losing write) throws Exception {
    try (Connection connection = transaction()) {
      JoinedStore<String, String> joined = store.joining(connection);
      joined.get("a");
      rival.write(store);
      Versioned<String> there = store.get("a").orElse(null);
      if (oldSnapshot == OldSnapshot.ENDS_THE_TRANSACTION) {
        assertThatThrownBy(() -> write.write(joined))
            .isInstanceOf(TransactionConflictException.class);
        connection.rollback();
      } else {
        assertThat(write.write(joined)).isEqualTo(new WriteResult.Conflict<>(expected, there));
        joined.put("b", "kept", Expected.absent()).orThrow();
        connection.commit();
        assertThat(store.get("b")).isPresent();
      }
      assertThat(store.get("a")).isEqualTo(Optional.ofNullable(there));
    }
  }

  @Test
  void joining_putOfARowThatARivalUpdated_losesToTheRival() throws Exception {
    Expected old = Expected.version(put("a", "one").version());
    assertLoses(
        rival -> rival.put("a", "theirs", Expected.any()).orThrow(),
        old,
        joined -> joined.put("a", "mine", old));
  }

  @Test
  void joining_deleteOfARowThatARivalUpdated_losesToTheRival() throws Exception {
    Expected old = Expected.version(put("a", "one").version());
    assertLoses(
        rival -> rival.put("a", "theirs", Expected.any()).orThrow(),
        old,
        joined -> joined.delete("a", old));
  }

  @Test
  void joining_putOfARowThatARivalDeleted_losesToTheRival() throws Exception {
    Expected old = Expected.version(put("a", "one").version());
    assertLoses(
        rival -> rival.delete("a", Expected.any()).orThrow(),
        old,
        joined -> joined.put("a", "mine", old));
  }

  @Test
  void joining_creationOfAKeyThatARivalCreated_losesToTheRival() throws Exception {
    assertLoses(
        rival -> rival.put("a", "theirs", Expected.absent()).orThrow(),
        Expected.absent(),
        joined -> joined.put("a", "mine", Expected.absent()));
  }

  @Test
  void joining_commitOfARowThatARivalUpdated_losesToTheRival() throws Exception {
    Expected old = Expected.version(put("a", "one").version());
    Commit<String, String> commit =
        Commit.<String, String>empty().put("a", "mine", old).put("c", "mine", Expected.absent());
    assertLoses(
        rival -> rival.put("a", "theirs", Expected.any()).orThrow(),
        old,
        joined ->
            ((CommitResult.Conflicted<String, String>) joined.commit(commit)).conflicts().get("a"));
    assertThat(store.get("c")).isEmpty();
  }

  @Test
  void joining_update_makesOneAttempt() throws Exception {
    AtomicInteger edits = new AtomicInteger();
    put("a", "one");
    try (Connection connection = transaction()) {
      JoinedStore<String, String> joined = store.joining(connection);
      WriteResult<String> result =
          joined.update(
              "a",
              value -> {
                edits.incrementAndGet();
                put("a", "theirs");
                return value + "!";
              },
              PATIENT);
      assertThat(oldSnapshot).isEqualTo(OldSnapshot.CONFLICTS);
      assertThat(result.current()).isEqualTo(store.get("a").orElseThrow());
      assertThat(result.isApplied()).isFalse();
    } catch (TransactionConflictException ended) {
      assertThat(oldSnapshot).isEqualTo(OldSnapshot.ENDS_THE_TRANSACTION);
    }
    assertThat(edits).hasValue(1);
    assertThat(store.get("a").orElseThrow().value()).isEqualTo("theirs");
  }

  /**
   * The write meets no row, so nothing but the reading of what is there can end the transaction.
   */
  @Test
  void joining_putOfAVersionOlderThanTheSnapshot_conflictsOrEndsTheTransaction() throws Exception {
    Expected older = Expected.version(put("a", "zero").version());
    Versioned<String> snapshot = put("a", "one");
    try (Connection connection = transaction()) {
      JoinedStore<String, String> joined = store.joining(connection);
      joined.get("a");
      Versioned<String> there = put("a", "theirs");
      boolean conflicts = false;
      try {
        assertThat(joined.put("a", "mine", older))
            .isEqualTo(
                new WriteResult.Conflict<>(older, conflictTellsTheSnapshot() ? snapshot : there));
        conflicts = true;
        joined.put("b", "kept", Expected.absent()).orThrow();
        connection.commit();
      } catch (TransactionConflictException ended) {
        assertThat(oldSnapshot).isEqualTo(OldSnapshot.ENDS_THE_TRANSACTION);
      }
      assertThat(conflicts)
          .isEqualTo(oldSnapshot == OldSnapshot.CONFLICTS || conflictTellsTheSnapshot());
      assertThat(store.get("a")).contains(there);
    }
  }
}
