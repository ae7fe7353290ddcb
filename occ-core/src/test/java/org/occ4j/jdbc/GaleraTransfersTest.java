/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.occ4j.Expected;
import org.occ4j.Versioned;
import org.occ4j.store.Commit;
import org.occ4j.testkit.GaleraCluster;
import org.occ4j.testkit.Together;

/** Commits of several keys that move an amount from one to another, from three nodes at once. */
@Tag(GaleraCluster.TAG)
class GaleraTransfersTest extends GaleraFixture {
  private static final List<String> ACCOUNTS = List.of("ada", "bob", "cy");
  private static final int FIRST = 100;
  private static final int ROUNDS = 50;

  private final List<JdbcVersionedStore<String, String>> nodes = new ArrayList<>();

  @BeforeEach
  void openAccounts() {
    nodes.clear();
    for (int node = 0; node < GaleraCluster.SIZE; node++) {
      nodes.add(storeAt(node));
    }
    for (String account : ACCOUNTS) {
      nodes.get(0).put(account, String.valueOf(FIRST), Expected.absent()).orThrow();
    }
  }

  private List<Versioned<String>> read(int node) {
    return ACCOUNTS.stream().map(account -> nodes.get(node).get(account).orElseThrow()).toList();
  }

  private int[] balances() {
    return read(0).stream().mapToInt(read -> Integer.parseInt(read.value())).toArray();
  }

  private boolean transfer(
      int node,
      int from,
      int to,
      List<Versioned<String>> read,
      Function<Versioned<String>, Expected> expecting) {
    int less = Integer.parseInt(read.get(from).value()) - 1;
    int more = Integer.parseInt(read.get(to).value()) + 1;
    Commit<String, String> transfer =
        Commit.<String, String>empty()
            .put(ACCOUNTS.get(from), String.valueOf(less), expecting.apply(read.get(from)))
            .put(ACCOUNTS.get(to), String.valueOf(more), expecting.apply(read.get(to)));
    return nodes.get(node).commit(transfer).isApplied();
  }

  private static Expected itsVersion(Versioned<String> read) {
    return Expected.version(read.version());
  }

  /** Each node moves one from its account to the next, all by what had been read before. */
  private AtomicIntegerArray moveInARing(Function<Versioned<String>, Expected> expecting)
      throws Exception {
    List<Versioned<String>> read = read(0);
    AtomicIntegerArray told = new AtomicIntegerArray(balances());
    Together.run(
        GaleraCluster.SIZE,
        node -> {
          int to = (node + 1) % ACCOUNTS.size();
          if (transfer(node, node, to, read, expecting)) {
            told.decrementAndGet(node);
            told.incrementAndGet(to);
          }
        });
    return told;
  }

  private static int[] values(AtomicIntegerArray array) {
    int[] values = new int[array.length()];
    Arrays.setAll(values, array::get);
    return values;
  }

  @Test
  void commit_transfersByTheSameStatesAtThreeNodes_areThereExactlyIfTold() throws Exception {
    for (int i = 0; i < ROUNDS; i++) {
      int[] before = balances();
      int[] told = values(moveInARing(GaleraTransfersTest::itsVersion));
      assertThat(balances()).as("round %d", i).isEqualTo(told).isNotEqualTo(before);
      assertThat(Arrays.stream(told).sum()).isEqualTo(FIRST * ACCOUNTS.size());
    }
  }

  /** The broken twin: whoever writes an account last overwrites what another had moved. */
  @Test
  void commit_transfersThatCompareNothing_loseSomeAndDoNotKeepTheSum() throws Exception {
    AtomicIntegerArray told = moveInARing(read -> Expected.any());
    assertThat(balances()).isNotEqualTo(values(told));
    assertThat(Arrays.stream(balances()).sum()).isNotEqualTo(FIRST * ACCOUNTS.size());
  }

  @Test
  void commit_transfersTriedUntilTheyAreDoneAtThreeNodes_areAllThereOnce() throws Exception {
    AtomicIntegerArray due = new AtomicIntegerArray(balances());
    Together.run(
        GaleraCluster.SIZE,
        node -> {
          Random random = new Random(node);
          for (int i = 0; i < ROUNDS; i++) {
            int from = random.nextInt(ACCOUNTS.size());
            int to = (from + 1 + random.nextInt(ACCOUNTS.size() - 1)) % ACCOUNTS.size();
            due.decrementAndGet(from);
            due.incrementAndGet(to);
            boolean done = false;
            while (!done) {
              done = transfer(node, from, to, read(node), GaleraTransfersTest::itsVersion);
            }
          }
        });
    assertThat(balances()).isEqualTo(values(due));
    assertThat(Arrays.stream(balances()).sum()).isEqualTo(FIRST * ACCOUNTS.size());
  }
}
