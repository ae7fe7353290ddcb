/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.registry;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.occ4j.Fingerprint;
import org.occ4j.MutationId;

/**
 * Who of this node is dealing with which mutation, so that at most one thread for each id reaches
 * the database; the others wait here, without a connection, or are refused.
 *
 * <p>It is not what makes effects single, for other nodes do not see it; that is the primary key of
 * the table. It spares the database the duplicates that a retrying client sends to one node, which
 * on some engines would die in deadlocks of their own making.
 */
public final class InFlightCalls {

  private final ConcurrentHashMap<MutationId, Call> calls = new ConcurrentHashMap<>();

  /** One thread's dealing with a mutation. */
  public static final class Call {
    private final MutationId id;
    private final Fingerprint fingerprint;
    private final Thread leader = Thread.currentThread();
    private final CompletableFuture<@Nullable Void> ended = new CompletableFuture<>();
    private volatile int leasedAttempt;

    private Call(MutationId id, Fingerprint fingerprint) {
      this.id = id;
      this.fingerprint = fingerprint;
    }

    /** The leader runs an effect under the lease of this attempt, without a transaction. */
    public void leases(int attempt) {
      leasedAttempt = attempt;
    }

    /** Whether the leader runs under a lease that, by the table, it has lost. */
    public boolean hasLost(Optional<MutationRow> row) {
      int attempt = leasedAttempt;
      return attempt != 0
          && row.filter(seen -> seen.attempt() == attempt && seen.isClaimed()).isEmpty();
    }

    /** Whether it has the same payload. */
    public boolean matches(Fingerprint other) {
      return fingerprint.matches(other);
    }

    /**
     * Refuses to follow oneself.
     *
     * @throws IllegalStateException if the calling thread is the leader
     */
    public void requireOther() {
      if (leader == Thread.currentThread()) {
        throw new IllegalStateException("a mutation called itself: " + id);
      }
    }

    /** Waits until the leader is done with it; false if the time was over first. */
    public boolean awaitEnd(long nanos) throws InterruptedException {
      try {
        ended.get(nanos, NANOSECONDS);
        return true;
      } catch (TimeoutException late) {
        return false;
      } catch (ExecutionException impossible) {
        throw new AssertionError("it is only ever completed", impossible);
      }
    }
  }

  /** Makes the calling thread the leader; null if there is one, which {@link #find} may tell. */
  public @Nullable Call lead(MutationId id, Fingerprint fingerprint) {
    Call mine = new Call(id, fingerprint);
    return calls.putIfAbsent(id, mine) == null ? mine : null;
  }

  /** The call of the present leader, or null. */
  public @Nullable Call find(MutationId id) {
    return calls.get(id);
  }

  /** The mutation was forgotten: its leader, if there is one, is not to be waited for. */
  public void forget(MutationId id) {
    Call forgotten = calls.get(id);
    if (forgotten != null) {
      end(forgotten);
    }
  }

  /** The leader is done, whatever came of it; or it is not to be waited for any longer. */
  public void end(Call mine) {
    calls.remove(mine.id, mine);
    mine.ended.complete(null);
  }
}
