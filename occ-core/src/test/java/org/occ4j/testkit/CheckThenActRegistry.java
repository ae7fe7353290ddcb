/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import org.occ4j.MutationId;
import org.occ4j.idempotency.Effect;
import org.occ4j.idempotency.EffectContext;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.IdempotencyRegistry;
import org.occ4j.idempotency.MutationRecord;
import org.occ4j.idempotency.Outcome;
import org.occ4j.idempotency.PurgeReport;
import org.occ4j.idempotency.RegistryStats;

/**
 * The broken twin: it looks whether an answer is there, runs the effect, and stores the answer. Its
 * callers meet between the look and the effect, so that the race needs no luck.
 */
final class CheckThenActRegistry implements IdempotencyRegistry {
  private final Map<MutationId, Object> answers = new ConcurrentHashMap<>();
  private final CyclicBarrier allHaveLooked;

  /** A registry for so many callers of one mutation, each in a thread of its own. */
  CheckThenActRegistry(int callers) {
    this.allHaveLooked = new CyclicBarrier(callers);
  }

  @Override
  @SuppressWarnings("unchecked")
  public <T> Outcome<T> execute(MutationId id, IdempotencyOptions<T> how, Effect<T> effect)
      throws Exception {
    Object answer = answers.get(id);
    if (answer != null) {
      return new Outcome.Replayed<>((T) answer, true, Instant.EPOCH);
    }
    allHaveLooked.await();
    T value = effect.run(new Context());
    answers.put(id, value);
    return new Outcome.Executed<>(value, 1);
  }

  @Override
  public Optional<MutationRecord> find(MutationId id) {
    return Optional.empty();
  }

  @Override
  public boolean forget(MutationId id) {
    return answers.remove(id) != null;
  }

  @Override
  public RegistryStats stats() {
    throw new UnsupportedOperationException("it counts nothing");
  }

  @Override
  public PurgeReport purge(int maxRows) {
    return new PurgeReport(0, false);
  }

  private static final class Context implements EffectContext {
    @Override
    public int attempt() {
      return 1;
    }

    @Override
    public boolean claimLost() {
      return false;
    }

    @Override
    public void renewClaim() {}

    @Override
    public void externalCallStarting() {}

    @Override
    public java.util.UUID downstreamKey(String step) {
      return new java.util.UUID(0, 0);
    }
  }
}
