/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.pipeline;

import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Supplier;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationPipeline;
import org.occ4j.mutation.MutationResult;
import org.occ4j.store.VersionedStore;

/** Who carries out whole mutations in memory. */
public enum MemoryPipelineRival {
  /** This library's pipeline in memory, with default settings. */
  OCC(MemoryPipelineRival::occ),
  /**
   * The floor: a map of answers over a map of rows. It can neither expire an answer, nor give a
   * claim back, nor tell anybody of a change.
   */
  MAPS(MemoryPipelineRival::maps);

  /** Rows, each with a value and a version. */
  public interface Rows {
    /** Makes a row whose value is zero; returns its version. */
    long create(String key);

    /** Adds one to a row of this version, once for each id; returns the version that it gave. */
    long apply(MutationId id, String key, long expected) throws InterruptedException;
  }

  private record Row(long version, Long value) {}

  @SuppressWarnings("ImmutableEnumChecker") // method references
  private final Supplier<Rows> factory;

  MemoryPipelineRival(Supplier<Rows> factory) {
    this.factory = factory;
  }

  /** No rows yet. */
  public Rows empty() {
    return factory.get();
  }

  private static Rows occ() {
    VersionedStore<String, Long> store = VersionedStore.inMemory(KeyCodec.strings());
    MutationPipeline<String, Long> pipeline = MutationPipeline.inMemory(store).build();
    Edit<Long> plusOne = Edit.update(value -> value + 1);
    return new Rows() {
      @Override
      public long create(String key) {
        return Objects.requireNonNull(store.put(key, 0L, Expected.absent()).orThrow()).version();
      }

      @Override
      public long apply(MutationId id, String key, long expected) throws InterruptedException {
        MutationResult<Long> result =
            pipeline.apply(Mutation.of(id, key, Expected.version(expected), plusOne).build());
        if (result instanceof MutationResult.Applied<Long> applied && applied.current() != null) {
          return applied.current().version();
        }
        throw new IllegalStateException("not applied: " + result);
      }
    };
  }

  private static Rows maps() {
    ConcurrentMap<MutationId, Row> answers = new ConcurrentHashMap<>();
    ConcurrentMap<String, Row> rows = new ConcurrentHashMap<>();
    return new Rows() {
      @Override
      public long create(String key) {
        rows.put(key, new Row(1, 0L));
        return 1;
      }

      @Override
      public long apply(MutationId id, String key, long expected) {
        return answers.computeIfAbsent(id, isNew -> write(key, expected)).version();
      }

      private Row write(String key, long expected) {
        Row row = rows.get(key);
        if (row == null || row.version() != expected) {
          throw new IllegalStateException("conflict: " + row);
        }
        Row next = new Row(expected + 1, row.value() + 1);
        if (!rows.replace(key, row, next)) {
          throw new IllegalStateException("conflict: " + row);
        }
        return next;
      }
    };
  }
}
