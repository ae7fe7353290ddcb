/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.RetryPolicy;
import org.occ4j.store.Commit;
import org.occ4j.store.VersionedStore;
import org.occ4j.store.Write;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.StoreHistories;
import org.occ4j.testkit.StoreRaces;
import org.occ4j.testkit.Together;

/**
 * What may depend on the isolation level, and on settings of the driver that change counts: the
 * races here, and in the contracts above writes that wait for a rival's transaction, and
 * transactions of the caller whose snapshot is older than the row.
 */
abstract class StoreIsolationContract extends RivalTransactionContract {
  private static final int ROUNDS = 30;

  /**
   * A contract.
   *
   * @param options of the driver, appended to the URL, by which every connection has the isolation
   */
  StoreIsolationContract(Engine engine, String options, OldSnapshot oldSnapshot) {
    super(engine, options, oldSnapshot);
  }

  @Test
  void connections_haveTheIsolationThatIsMeant() throws SQLException {
    try (Connection connection = pool.getConnection()) {
      assertThat(Sql.text(connection, isolation().getKey())).isEqualTo(isolation().getValue());
    }
  }

  // ---- races

  @Test
  void update_fromManyThreads_losesNothing() throws Exception {
    StoreRaces.updatesLoseNothing(store, 4, ROUNDS);
  }

  @Test
  void create_fromManyThreads_hasOneWinnerAndAVersionOfItsOwn() throws Exception {
    StoreRaces.livesHaveOneCreatorAndVersionsOfTheirOwn(store, 4, ROUNDS);
  }

  @Test
  void commit_fromManyThreads_isNeverSeenHalf() throws Exception {
    StoreRaces.commitsAreSeenWhole(store, ROUNDS);
  }

  @Test
  void getAll_whileAKeyMoves_seesItOnce() throws Exception {
    StoreRaces.movedKeyIsSeenOnce(store, ROUNDS);
  }

  @Test
  void commit_readSet_isGuardedAgainstWriteSkew() throws Exception {
    StoreRaces.readSetsAreGuarded(store, ROUNDS / 3);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void singleWrites_fromManyThreads_areLinearizable(boolean recorded) throws Exception {
    StoreHistories.areLinearizable(store.recordChanges(recorded), ROUNDS / 2);
  }

  @Test
  void batches_inOppositeOrders_doNotDeadlock() throws Exception {
    List<String> keys = IntStream.range(0, 12).mapToObj(i -> "k" + i).toList();
    List<String> reversed = new ArrayList<>(keys);
    Collections.reverse(reversed);
    keys.forEach(key -> put(key, "0"));
    try (OccDatabase impatient = withoutRetriesOfDeadlocks()) {
      VersionedStore<String, String> other =
          impatient.store("test", KeyCodec.strings(), Codec.strings());
      Together.run(List.of(() -> writeAll(other, keys), () -> writeAll(other, reversed)));
      Together.run(List.of(() -> commitAll(other, keys), () -> commitAll(other, reversed)));
    }
  }

  /** Where nothing but a deadlock makes the database end a transaction, none is run again. */
  private OccDatabase withoutRetriesOfDeadlocks() {
    boolean deadlocksOnly = oldSnapshot == OldSnapshot.CONFLICTS;
    return OccDatabase.builder(pool).retry(deadlocksOnly ? RetryPolicy.once() : PATIENT).open();
  }

  private static void writeAll(VersionedStore<String, String> store, List<String> keys) {
    List<Write<String, String>> writes =
        keys.stream()
            .<Write<String, String>>map(key -> Write.put(key, "1", Expected.present()))
            .toList();
    for (int i = 0; i < ROUNDS; i++) {
      store.writeAll(writes).items().forEach(item -> item.orThrow().orThrow());
    }
  }

  private static void commitAll(VersionedStore<String, String> store, List<String> keys) {
    Commit<String, String> commit = Commit.empty();
    for (String key : keys) {
      commit = commit.put(key, "2", Expected.present());
    }
    for (int i = 0; i < ROUNDS; i++) {
      assertThat(store.commit(commit).isApplied()).isTrue();
    }
  }
}
