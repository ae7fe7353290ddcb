/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.occ4j.store.VersionedStore;

/**
 * What every {@link VersionedStore} promises. A subclass says how one is opened; the parts of the
 * contract are the interfaces, the races are {@link StoreRaces}.
 */
public abstract class VersionedStoreContract
    implements StoreWriteContract, StoreBatchContract, StoreScanContract, StoreWatchContract {

  private VersionedStore<String, String> store;

  /** Opens an empty store of strings by {@code KeyCodec.strings()}, named {@code "test"}. */
  protected abstract VersionedStore<String, String> open() throws Exception;

  /** How often a race is run: many times in memory, fewer where each step costs a disk. */
  protected int raceRounds() {
    return 2_000;
  }

  /** Opens the store; a subclass that prepares something does so before, and calls this. */
  @BeforeEach
  protected void openStore() throws Exception {
    store = open();
  }

  @Override
  public VersionedStore<String, String> store() {
    return store;
  }

  @Test
  void store_knowsItsNameAndCodec() {
    assertThat(store.name()).isEqualTo("test");
    assertThat(store.keyCodec().text("k")).isEqualTo("k");
  }

  @Test
  void update_fromManyThreads_losesNothing() throws Exception {
    StoreRaces.updatesLoseNothing(store, 4, Math.max(1, raceRounds() / 4));
  }

  @Test
  void create_fromManyThreads_hasOneWinnerAndAVersionOfItsOwn() throws Exception {
    StoreRaces.livesHaveOneCreatorAndVersionsOfTheirOwn(store, 4, raceRounds());
  }

  @Test
  void commit_fromManyThreads_isNeverSeenHalf() throws Exception {
    StoreRaces.commitsAreSeenWhole(store, raceRounds());
  }

  @Test
  void getAll_whileAKeyMoves_seesItOnce() throws Exception {
    StoreRaces.movedKeyIsSeenOnce(store, raceRounds());
  }

  @Test
  void commit_readSet_isGuardedAgainstWriteSkew() throws Exception {
    StoreRaces.readSetsAreGuarded(store, Math.max(1, raceRounds() / 40));
  }

  @Test
  void singleWrites_fromManyThreads_areLinearizable() throws Exception {
    StoreHistories.areLinearizable(store, Math.max(10, raceRounds() / 10));
  }
}
