/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jcstress.idempotency;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.occ4j.MutationId;

/**
 * A registry in small, a map under one lock, with one flaw put in on purpose: what the races have
 * to catch.
 */
final class FlawedRegistry implements SmallRegistry {

  /** What is wrong. */
  enum Flaw {
    /** It looks whether there is an attempt, and then makes one, in two steps. */
    CHECK_THEN_CLAIM,
    /** It looks whether an attempt has failed, and then claims the next one, in two steps. */
    CHECK_THEN_RETRY,
    /** It looks what is over, and then removes that, in two steps. */
    CHECK_THEN_REMOVE,
    /** What is under way is over when its retention, counted from its claim, is. */
    COUNT_FROM_THE_CLAIM,
    /** An attempt is completed whether it still has the claim or not. */
    COMPLETE_BLINDLY,
    /** Whoever wants to follow looks, and is then put on the list, in two steps. */
    CHECK_THEN_FOLLOW,
    /** It looks whether there is room, and then takes it, in two steps. */
    CHECK_THEN_FILL
  }

  /** One attempt; all fields are guarded by the lock. */
  private static final class Attempt implements Pending {
    private final FlawedRegistry registry;
    private final MutationId id;
    private final int number;
    private final boolean old;
    private boolean settled;
    private @Nullable String answer;
    private String outcome = "nothing yet";
    private @Nullable Attempt follower;

    Attempt(FlawedRegistry registry, MutationId id, int number, boolean old) {
      this.registry = registry;
      this.id = id;
      this.number = number;
      this.old = old;
    }

    boolean isOver() {
      boolean counted = registry.flaw == Flaw.COUNT_FROM_THE_CLAIM ? settled : old;
      return settled && counted;
    }

    @Override
    public void complete(String done) {
      registry.atomically(
          () -> {
            if (settled && registry.flaw != Flaw.COMPLETE_BLINDLY) {
              outcome = "lost";
              return this;
            }
            settled = true;
            answer = done;
            outcome = "ran " + number;
            if (registry.flaw == Flaw.COMPLETE_BLINDLY) {
              registry.attempts.put(id, this);
            }
            if (follower != null) {
              follower.outcome = "replayed " + done;
            }
            return this;
          });
    }

    @Override
    public String outcome() {
      return registry.atomically(() -> outcome);
    }
  }

  private final Flaw flaw;
  private final int capacity;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<MutationId, Attempt> attempts = new HashMap<>();

  FlawedRegistry(Flaw flaw, int capacity) {
    this.flaw = flaw;
    this.capacity = capacity;
  }

  /** Between the two steps of a flaw: wide enough to be met in a short run. */
  @SuppressWarnings("ThreadPriorityCheck") // no result rests on it
  private static void gap() {
    Thread.yield();
  }

  private <T> T atomically(Supplier<T> step) {
    lock.lock();
    try {
      return step.get();
    } finally {
      lock.unlock();
    }
  }

  private @Nullable Attempt latest(MutationId id) {
    lock.lock();
    try {
      return attempts.get(id);
    } finally {
      lock.unlock();
    }
  }

  /** In two steps if that is the flaw, else in one. */
  private <T> T decide(boolean flawed, MutationId id, Function<@Nullable Attempt, T> decision) {
    if (flawed) {
      Attempt seen = latest(id);
      gap();
      return atomically(() -> decision.apply(seen));
    }
    return atomically(() -> decision.apply(attempts.get(id)));
  }

  @Override
  public String execute(MutationId id, String answer) {
    if (flaw == Flaw.CHECK_THEN_FILL && latest(id) == null) {
      boolean room = atomically(() -> attempts.size() < capacity);
      gap();
      return room ? executeWithin(Integer.MAX_VALUE, id, answer) : "full";
    }
    return executeWithin(capacity, id, answer);
  }

  private String executeWithin(int places, MutationId id, String answer) {
    Attempt present = latest(id);
    boolean flawed =
        (flaw == Flaw.CHECK_THEN_CLAIM && present == null)
            || (flaw == Flaw.CHECK_THEN_RETRY && present != null && present.answer == null);
    Object claimed = decide(flawed, id, seen -> claim(places, id, seen));
    if (claimed instanceof Attempt mine) {
      mine.complete(answer);
      return mine.outcome();
    }
    return claimed.toString();
  }

  /** Under the lock: an attempt, or the word for why there is none. */
  private Object claim(int places, MutationId id, @Nullable Attempt seen) {
    if (seen == null && attempts.size() >= places) {
      return "full";
    }
    if (seen != null && !seen.settled) {
      return "in flight";
    }
    if (seen != null && seen.answer != null) {
      return "replayed " + seen.answer;
    }
    Attempt mine = new Attempt(this, id, seen == null ? 1 : seen.number + 1, false);
    attempts.put(id, mine);
    return mine;
  }

  @Override
  public Pending begin(MutationId id) {
    return decide(
        flaw == Flaw.CHECK_THEN_FOLLOW && latest(id) != null, id, seen -> follow(id, seen));
  }

  /** Under the lock. */
  private Pending follow(MutationId id, @Nullable Attempt seen) {
    Attempt mine = new Attempt(this, id, 1, false);
    if (seen == null) {
      attempts.put(id, mine);
    } else if (flaw == Flaw.CHECK_THEN_FOLLOW || !seen.settled) {
      seen.follower = mine;
    } else {
      mine.outcome = "replayed " + seen.answer;
    }
    return mine;
  }

  @Override
  public void fail(MutationId id) {
    Attempt failed = new Attempt(this, id, 1, false);
    failed.settled = true;
    attempts.put(id, failed);
  }

  @Override
  public boolean forget(MutationId id) {
    return atomically(
        () -> {
          Attempt seen = attempts.get(id);
          if (seen != null && !seen.settled) {
            seen.settled = true;
            return true;
          }
          return attempts.remove(id) != null;
        });
  }

  @Override
  public void elapse() {
    attempts.replaceAll(FlawedRegistry::aged);
  }

  private static Attempt aged(MutationId id, Attempt attempt) {
    if (!attempt.settled) {
      return attempt; // Retention counts from its end.
    }
    Attempt old = new Attempt(attempt.registry, id, attempt.number, true);
    old.settled = true;
    old.answer = attempt.answer;
    return old;
  }

  @Override
  public void purge() {
    if (flaw == Flaw.CHECK_THEN_REMOVE) {
      Attempt seen = latest(A);
      boolean over = seen != null && seen.isOver();
      gap();
      if (over) {
        atomically(() -> attempts.keySet().remove(A));
      }
      return;
    }
    atomically(() -> attempts.values().removeIf(Attempt::isOver));
  }
}
