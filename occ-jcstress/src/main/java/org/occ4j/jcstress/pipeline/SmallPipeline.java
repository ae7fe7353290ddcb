/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jcstress.pipeline;

import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.idempotency.IdempotencyRegistry;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationPipeline;
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutex.RacingMutex;
import org.occ4j.store.VersionedStore;

/** As much of a pipeline as the races need: one mutation, which counts one key up. */
interface SmallPipeline {

  /** Applies the mutation, always the same; what became of it as a word. */
  String countUp();

  /** How often the edit was made. */
  int count();

  /** The library's pipeline in memory. */
  static SmallPipeline library() {
    VersionedStore<String, Integer> store = VersionedStore.inMemory(KeyCodec.strings());
    store.put(Library.KEY, 0, Expected.absent()).orThrow();
    return new Library(
        MutationPipeline.inMemory(store)
            .registry(IdempotencyRegistry.builder().capacity(10).build())
            .mutex(RacingMutex.create(false))
            .build(),
        new AtomicInteger());
  }

  /** The library in these words. */
  record Library(MutationPipeline<String, Integer> pipeline, AtomicInteger edits)
      implements SmallPipeline {
    private static final String KEY = "a";
    private static final MutationId ID =
        new MutationId(new Scope("acme", "ada", "count"), new UUID(0, 1));

    @Override
    public String countUp() {
      Edit<Integer> edit =
          current -> {
            edits.incrementAndGet();
            return current == null ? 1 : current + 1;
          };
      try {
        return word(pipeline.apply(Mutation.of(ID, KEY, Expected.any(), edit).build()));
      } catch (InterruptedException impossible) {
        throw new IllegalStateException(impossible);
      }
    }

    @Override
    public int count() {
      return edits.get();
    }

    private static String word(MutationResult<Integer> result) {
      if (result instanceof MutationResult.Applied<Integer> applied) {
        return applied.replayed() ? "replayed" : "applied";
      }
      return result instanceof MutationResult.Refused<Integer> ? "refused" : result.toString();
    }
  }
}
