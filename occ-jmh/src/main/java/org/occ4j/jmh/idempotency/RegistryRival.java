/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.idempotency;

import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.occ4j.Codec;
import org.occ4j.MutationId;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.IdempotencyRegistry;

/** Who remembers mutations in memory. */
public enum RegistryRival {
  /** This library, with room for all. */
  OCC(RegistryRival::occ),
  /**
   * The floor: one object for each mutation, which can neither expire, nor fail, nor be awaited.
   */
  MAP(RegistryRival::map);

  /** Mutations and their answers. */
  public interface Answers {
    /** Carries out a mutation that was never seen, and keeps the answer. */
    @Nullable Object firstRun(MutationId id, String answer) throws Exception;

    /** What a mutation was answered that is known. */
    @Nullable Object replay(MutationId id) throws Exception;
  }

  @SuppressWarnings("ImmutableEnumChecker") // method references
  private final Supplier<Answers> factory;

  RegistryRival(Supplier<Answers> factory) {
    this.factory = factory;
  }

  /** None yet. */
  public Answers create() {
    return factory.get();
  }

  private static Answers occ() {
    IdempotencyRegistry registry =
        IdempotencyRegistry.builder().capacity(Integer.MAX_VALUE).build();
    IdempotencyOptions<String> how = IdempotencyOptions.returning(Codec.strings());
    return new Answers() {
      @Override
      public Object firstRun(MutationId id, String answer) throws Exception {
        return registry.execute(id, how, context -> answer);
      }

      @Override
      public Object replay(MutationId id) throws Exception {
        return registry.execute(id, how, context -> "never");
      }
    };
  }

  /** An answer, and what a replay has to say besides. */
  private record Answer(String value, int attempt) {}

  private static Answers map() {
    ConcurrentHashMap<MutationId, Answer> map = new ConcurrentHashMap<>();
    return new Answers() {
      @Override
      public @Nullable Object firstRun(MutationId id, String answer) {
        return map.putIfAbsent(id, new Answer(answer, 1));
      }

      @Override
      public @Nullable Object replay(MutationId id) {
        return map.get(id);
      }
    };
  }
}
