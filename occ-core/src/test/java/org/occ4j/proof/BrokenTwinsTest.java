/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.IdempotencyRegistry;
import org.occ4j.mutex.KeyedMutex;
import org.occ4j.proof.BrokenTwins.AnswerBeforeCheck;
import org.occ4j.proof.BrokenTwins.CarelessBatch;
import org.occ4j.proof.BrokenTwins.CheckThenActStore;
import org.occ4j.proof.BrokenTwins.ForgetfulStore;
import org.occ4j.proof.BrokenTwins.NumberedFeed;
import org.occ4j.proof.BrokenTwins.StaleStore;
import org.occ4j.proof.BrokenTwins.TrustingPipeline;
import org.occ4j.proof.Operation.Call;
import org.occ4j.proof.Violation.Kind;
import org.occ4j.store.VersionedStore;

/**
 * Each judge catches what it is there for, and finds nothing wrong with the same calls done right.
 */
class BrokenTwinsTest {
  private static final String KEY = "key";

  /** Calls that meet in the one way that shows the fault. */
  private interface Script {
    void run(MemoryNodes nodes) throws Exception;
  }

  private static void assertCaught(UnaryOperator<Node> twin, Kind kind, Script script)
      throws Exception {
    MemoryNodes sound = new MemoryNodes(node -> node);
    script.run(sound);
    assertThat(sound.broken()).as("done right").isEmpty();
    MemoryNodes broken = new MemoryNodes(twin);
    script.run(broken);
    assertThat(broken.broken()).as("done wrong").contains(kind);
  }

  private static UnaryOperator<Node> stores(
      Function<VersionedStore<String, String>, VersionedStore<String, String>> twin) {
    return node ->
        new Node(
            node.name(),
            twin.apply(node.store()),
            node.mutations(),
            node.effects(),
            node.mutex(),
            null);
  }

  private static UnaryOperator<Node> mutations(
      Function<VersionedStore<String, String>, Node.Mutations> twin) {
    return node ->
        new Node(
            node.name(),
            node.store(),
            twin.apply(node.store()),
            node.effects(),
            node.mutex(),
            null);
  }

  private static Intent edit(Client client, Expected expected, boolean rejects) {
    return new Intent(UUID.randomUUID(), Call.EDIT, KEY, client.fresh(), expected, false, rejects);
  }

  private static Runnable quietly(Callable call) {
    return () -> {
      try {
        call.call();
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    };
  }

  private interface Callable {
    void call() throws Exception;
  }

  @Test
  void judge_lostUpdate_isCaught() throws Exception {
    CheckThenActStore[] twin = new CheckThenActStore[1];
    assertCaught(
        stores(store -> twin[0] = new CheckThenActStore(store)),
        Kind.NOT_LINEARIZABLE,
        nodes -> {
          Expected first = Expected.version(nodes.here.put(KEY, Expected.absent()).version());
          if (twin[0] != null) {
            twin[0].between = quietly(() -> nodes.here.put(KEY, first));
          } else {
            nodes.here.put(KEY, first);
          }
          nodes.there.put(KEY, first);
        });
  }

  @Test
  void judge_staleRead_isCaught() throws Exception {
    assertCaught(
        stores(StaleStore::new),
        Kind.NOT_LINEARIZABLE,
        nodes -> {
          nodes.here.put(KEY, Expected.absent());
          nodes.there.read(KEY);
          nodes.here.put(KEY, Expected.present());
          nodes.there.read(KEY);
        });
  }

  @Test
  void judge_versionGivenAgainAfterDelete_isCaught() throws Exception {
    ForgetfulStore twin = new ForgetfulStore(new MemoryNodes(node -> node).store);
    assertCaught(
        stores(store -> twin),
        Kind.VERSION_TWICE,
        nodes -> {
          nodes.here.put(KEY, Expected.absent());
          nodes.here.delete(KEY, Expected.present());
          nodes.there.put(KEY, Expected.absent());
        });
  }

  @Test
  void judge_answerKeptBeforeTheCheck_isCaught() throws Exception {
    AnswerBeforeCheck[] twin = new AnswerBeforeCheck[1];
    assertCaught(
        mutations(store -> twin[0] = new AnswerBeforeCheck(store)),
        Kind.NOT_ONCE,
        nodes -> {
          Expected first = Expected.version(nodes.here.put(KEY, Expected.absent()).version());
          Intent intent = edit(nodes.there, first, false);
          Runnable rival = quietly(() -> nodes.here.put(KEY, Expected.present()));
          if (twin[0] != null) {
            twin[0].between = rival;
          } else {
            rival.run();
          }
          nodes.there.send(intent);
          nodes.there.send(intent);
        });
  }

  @Test
  void judge_carriedStateTrusted_isCaught() throws Exception {
    assertCaught(
        mutations(TrustingPipeline::new),
        Kind.NOT_LINEARIZABLE,
        nodes -> {
          nodes.here.send(edit(nodes.here, Expected.any(), false));
          nodes.there.put(KEY, Expected.present());
          nodes.here.send(edit(nodes.here, Expected.any(), false));
        });
  }

  @Test
  void judge_batchThatDropsARejection_isCaught() throws Exception {
    CarelessBatch[] twin = new CarelessBatch[1];
    assertCaught(
        mutations(store -> twin[0] = new CarelessBatch(store)),
        Kind.NOT_LINEARIZABLE,
        nodes -> {
          Intent gathered = edit(nodes.here, Expected.any(), false);
          if (twin[0] != null) {
            twin[0].gather(gathered.mutation());
          } else {
            nodes.here.send(gathered);
          }
          nodes.there.send(edit(nodes.there, Expected.any(), true));
        });
  }

  @Test
  void judge_effectDoneTwice_isCaught() throws Exception {
    IdempotencyRegistry registry = IdempotencyRegistry.inMemory();
    MemoryNodes[] twins = new MemoryNodes[1];
    UnaryOperator<Node> forgets =
        node ->
            new Node(
                node.name(),
                node.store(),
                node.mutations(),
                (id, answer) -> {
                  registry.forget(id);
                  return registry.execute(
                      id,
                      IdempotencyOptions.returning(Codec.strings()),
                      context -> {
                        twins[0].rows.add(new EffectRow(id.clientMutationId().toString(), 0));
                        return answer;
                      });
                },
                node.mutex(),
                null);
    assertCaught(
        forgets,
        Kind.NOT_ONCE,
        nodes -> {
          twins[0] = nodes;
          Intent effect =
              new Intent(
                  UUID.randomUUID(),
                  Call.EFFECT,
                  KEY,
                  nodes.here.fresh(),
                  Expected.any(),
                  true,
                  false);
          nodes.here.send(effect);
          nodes.there.send(effect);
        });
  }

  private static Node withMutexOfItsOwn(Node node) {
    return new Node(
        node.name(),
        node.store(),
        node.mutations(),
        node.effects(),
        KeyedMutex.<String>inMemory()::tryAcquire,
        null);
  }

  @Test
  void judge_leaseHandedOutTwice_isCaught() throws Exception {
    assertCaught(
        BrokenTwinsTest::withMutexOfItsOwn,
        Kind.TWO_HOLDS,
        nodes -> nodes.here.hold(KEY, () -> nodes.there.hold(KEY, () -> {})));
  }

  @Test
  void judge_tokenThatFallsBack_isCaught() throws Exception {
    assertCaught(
        BrokenTwinsTest::withMutexOfItsOwn,
        Kind.TOKEN_FELL,
        nodes -> {
          nodes.here.hold(KEY, () -> {});
          nodes.here.hold(KEY, () -> {});
          nodes.there.hold(KEY, () -> {});
        });
  }

  @Test
  void judge_feedThatSkipsALateCommit_isCaught() throws Exception {
    for (boolean waitsForGaps : new boolean[] {true, false}) {
      NumberedFeed feed = new NumberedFeed(waitsForGaps);
      MemoryNodes nodes = new MemoryNodes(node -> node);
      feed.commit(2, "early", nodes.here.put("early", Expected.absent()).version());
      feed.poll(nodes.history);
      feed.commit(1, "late", nodes.here.put("late", Expected.absent()).version());
      feed.poll(nodes.history);
      assertThat(nodes.broken().contains(Kind.FEED_INCOMPLETE)).isEqualTo(!waitsForGaps);
    }
  }

  @Test
  void judge_feedThatTellsTwice_isCaught() throws Exception {
    MemoryNodes nodes = new MemoryNodes(node -> node);
    long version = nodes.here.put(KEY, Expected.absent()).version();
    nodes.history.add(new FeedEntry("follower", "PUT", KEY, version));
    nodes.history.add(new FeedEntry("follower", "PUT", KEY, version));
    assertThat(nodes.broken()).contains(Kind.FEED_WRONG);
  }
}
