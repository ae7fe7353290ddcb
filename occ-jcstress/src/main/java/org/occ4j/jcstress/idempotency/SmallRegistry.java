/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jcstress.idempotency;

import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import org.occ4j.Codec;
import org.occ4j.LeaseLostException;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.IdempotencyRegistry;
import org.occ4j.idempotency.Outcome;
import org.occ4j.idempotency.RacingRegistry;

/**
 * As much of a registry as the races need, so that one body runs them on the library and on twins,
 * and the words in which they write down what a registry answered.
 */
interface SmallRegistry {

  /** Two mutations. */
  MutationId A = new MutationId(new Scope("acme", "ada", "race"), new UUID(0, 1));

  MutationId B = new MutationId(new Scope("acme", "ada", "race"), new UUID(0, 2));

  /**
   * Runs an effect of this answer, or says why not: {@code ran} and the number of the attempt,
   * {@code replayed} and the answer, {@code in flight}, or {@code full}.
   */
  String execute(MutationId id, String answer);

  /** An attempt under way, or a follower of one; what comes of it, in the same words. */
  interface Pending {
    /** The effect is done. */
    void complete(String answer);

    /** What came of it: also {@code lost}, or {@code nothing yet}. */
    String outcome();
  }

  /** Begins an attempt, or waits for the one that is under way. */
  Pending begin(MutationId id);

  /** An attempt fails. */
  void fail(MutationId id);

  /** Forgets a mutation. */
  boolean forget(MutationId id);

  /** Lets the retention of all that has ended go by. */
  void elapse();

  /** Removes what is over. */
  void purge();

  /** The library, with room for so many mutations. */
  static SmallRegistry library(int capacity) {
    AtomicLong now = new AtomicLong();
    IdempotencyRegistry registry =
        IdempotencyRegistry.builder().capacity(capacity).ticker(now::get).build();
    return new Library(registry, now);
  }

  /** The library in these words. */
  record Library(IdempotencyRegistry registry, AtomicLong now) implements SmallRegistry {
    private static final IdempotencyOptions<String> HOW =
        IdempotencyOptions.builder(Codec.strings()).retention(Duration.ofHours(1)).build();

    @Override
    public String execute(MutationId id, String answer) {
      try {
        return word(registry.execute(id, HOW, context -> answer));
      } catch (LeaseLostException lost) {
        return "lost";
      } catch (Exception impossible) {
        throw new IllegalStateException(impossible);
      }
    }

    @Override
    public Pending begin(MutationId id) {
      RacingRegistry.Call call = RacingRegistry.begin(registry, id, HOW);
      return new Pending() {
        @Override
        public void complete(String answer) {
          call.complete(answer);
        }

        @Override
        public String outcome() {
          CompletableFuture<Outcome<String>> future = call.outcome();
          try {
            return future.isDone() ? word(future.join()) : "nothing yet";
          } catch (CompletionException lost) {
            return "lost";
          }
        }
      };
    }

    @Override
    public void fail(MutationId id) {
      IllegalStateException no = new IllegalStateException("no");
      try {
        registry.execute(
            id,
            HOW,
            context -> {
              throw no;
            });
      } catch (Exception failure) {
        if (failure != no) {
          throw new IllegalStateException(failure);
        }
      }
    }

    @Override
    public boolean forget(MutationId id) {
      return registry.forget(id);
    }

    @Override
    public void elapse() {
      now.addAndGet(Duration.ofHours(2).toNanos());
    }

    @Override
    public void purge() {
      registry.purge(10);
    }

    private static String word(Outcome<String> outcome) {
      if (outcome instanceof Outcome.Executed<String> executed) {
        return "ran " + executed.attempt();
      }
      if (outcome instanceof Outcome.Replayed<String> replayed) {
        return "replayed " + replayed.value();
      }
      return outcome instanceof Outcome.Refused<String> refused
          ? refused.reason() == Outcome.Reason.CAPACITY ? "full" : "in flight"
          : "unresolved";
    }
  }
}
