/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.occ4j.Codec;
import org.occ4j.KeyCodec;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.IdempotencyRegistry;
import org.occ4j.mutation.MutationPipeline;
import org.occ4j.mutex.KeyedMutex;
import org.occ4j.store.VersionedStore;

/**
 * Two nodes over what is in memory, and the history that they make; a test puts something broken in
 * the place of one part.
 */
final class MemoryNodes {
  final History history = new History();
  final VersionedStore<String, String> store = VersionedStore.inMemory(KeyCodec.strings());
  final List<EffectRow> rows = new ArrayList<>();
  final Client here;
  final Client there;

  MemoryNodes(UnaryOperator<Node> breaking) {
    MutationPipeline<String, String> pipeline = MutationPipeline.inMemory(store).build();
    IdempotencyRegistry registry = IdempotencyRegistry.inMemory();
    KeyedMutex<String> mutex = KeyedMutex.inMemory();
    Node sound =
        new Node(
            "sound",
            store,
            (mutation, audited) -> pipeline.apply(mutation),
            (id, answer) ->
                registry.execute(
                    id,
                    IdempotencyOptions.returning(Codec.strings()),
                    context -> {
                      rows.add(new EffectRow(id.clientMutationId().toString(), 0));
                      return answer;
                    }),
            mutex::tryAcquire,
            null);
    here = new Client("here", breaking.apply(sound), history::add);
    there = new Client("there", breaking.apply(sound), history::add);
  }

  /** What the judges say of all that was recorded. */
  List<Violation.Kind> broken() {
    rows.forEach(history::add);
    return Judgement.of(history).stream().map(Violation::kind).distinct().toList();
  }
}
