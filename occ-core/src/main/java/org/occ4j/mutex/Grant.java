/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutex;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A key held in memory: the hold that the user gets, and at once the word that a slot contains
 * while the key is held. It is the only object that an uncontended acquisition makes (32 bytes with
 * compressed references); whatever is not needed there is in {@link GrantDetails}.
 *
 * <p>A grant does not know whether it is valid: the table does (MUTEX-1). So a stale close has
 * nothing to undo, and nothing has to be kept in step.
 */
class Grant<K> extends SlotEntry implements Hold<K> {
  private static final Duration FOR_EVER = Duration.ofSeconds(Long.MAX_VALUE);
  private static final VarHandle DETAILS;

  static {
    try {
      DETAILS = MethodHandles.lookup().findVarHandle(Grant.class, "details", GrantDetails.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  final K key;

  /** The key's spread hash, kept because a user's {@code hashCode} may be slow. */
  final int hash;

  /** Who asked for the key; for people who look, and the owner of a {@link ThreadGrant}. */
  final Thread owner;

  private final @Nullable Object[] slots;
  private volatile @Nullable GrantDetails details;

  /**
   * A grant that holds nothing yet.
   *
   * @param slots of the table, as {@link SlotTable#slots}
   * @param hash the key's, computed before: were its branches between the allocation and the stores
   *     below, the compiler would not see that the object is new, and mark a card for each of them
   */
  Grant(@Nullable Object[] slots, K key, int hash) {
    this.slots = slots;
    this.key = key;
    this.hash = hash;
    this.owner = Thread.currentThread();
  }

  /** Whether this grant is of the key; hashes first, so that most strangers cost no equals. */
  final boolean isOf(int otherHash, Object otherKey) {
    return hash == otherHash && (key == otherKey || key.equals(otherKey));
  }

  @Override
  final Grant<?> grant() {
    return this;
  }

  @Override
  public final K key() {
    return key;
  }

  @Override
  public final long fencingToken() {
    return details().token(table(), this);
  }

  @Override
  public final boolean isValid() {
    return table().isHeld(this);
  }

  @Override
  public final Duration remaining() {
    return isValid() ? FOR_EVER : Duration.ZERO;
  }

  @Override
  public final Hold<K> onLost(Consumer<LossReason> listener) {
    Objects.requireNonNull(listener, "listener");
    return this;
  }

  @Override
  public final boolean extend(Duration length) {
    if (length.isNegative() || length.isZero()) {
      throw new IllegalArgumentException("length must be positive: " + length);
    }
    return isValid();
  }

  @Override
  public final void releaseAfter(Duration delay) {
    if (delay.isNegative()) {
      throw new IllegalArgumentException("delay must not be negative: " + delay);
    }
    if (delay.isZero()) {
      close();
    } else {
      table().releaseAfter(this, new Grant<>(slots, key, hash), Timeouts.nanos(delay));
    }
  }

  @Override
  public final void close() {
    if (!SlotTable.vacate(slots, this)) {
      table().release(this);
    } else if (details != null) {
      letGo();
    }
  }

  /** Tells whoever has to know that nobody has the key now. MUTEX-5: after it was let go. */
  final void letGo() {
    GrantDetails present = details;
    if (present != null) {
      present.letGo(this);
    }
  }

  /** Tells whoever has to know that this hold is over, and somebody else has the key. */
  final void handedOver() {
    GrantDetails present = details;
    if (present != null) {
      present.ended(this);
    }
  }

  /** The details if there are any yet. */
  final @Nullable GrantDetails detailsIfAny() {
    return details;
  }

  /** Notes when the key was granted; only called by a mutex that watches its holds. */
  final void startedAt(long nanos, HoldWatch watch) {
    // Not details of their own: waiters may have named their queue there already.
    details().start(nanos, watch);
  }

  /** True for the first caller only: who warns that this hold lasts long. */
  final boolean claimWarning() {
    return details().claimWarning();
  }

  /** Has the release of this grant tell the head of a queue (see {@link WaitQueues}). */
  final void call(WaitQueue queue) {
    details().called = queue;
  }

  /** The queue whose head is to be told, or null if nobody waited so far. */
  final @Nullable WaitQueue called() {
    GrantDetails present = details;
    return present == null ? null : present.called;
  }

  private WaitQueues table() {
    return (WaitQueues) SlotTable.of(slots);
  }

  private GrantDetails details() {
    GrantDetails present = details;
    if (present != null) {
      return present;
    }
    GrantDetails fresh = new GrantDetails();
    GrantDetails earlier = (GrantDetails) DETAILS.compareAndExchange(this, null, fresh);
    return earlier == null ? fresh : earlier;
  }

  @Override
  public String toString() {
    return "Hold[" + key + (isValid() ? ", held by " + ownerName() : ", closed") + "]";
  }

  /** The owner's name; virtual threads are often nameless and are called by what they are. */
  final String ownerName() {
    String name = owner.getName();
    return name.isEmpty() ? owner.toString() : name;
  }
}
