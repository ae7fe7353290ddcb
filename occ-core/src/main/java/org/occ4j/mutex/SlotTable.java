/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutex;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Who holds which key: exact keys at the price of one compare-and-set to acquire and one to
 * release.
 *
 * <p>Thread-safe and lock-free: a slot is only ever changed by compare-and-set from the content
 * that was read, so that what was concluded from that content holds at the moment of the change.
 * Knows nothing of waiting; that is what {@link WaitQueues} adds.
 */
class SlotTable {
  /*
   * MUTEX-1  A grant is valid exactly while its slot contains it, as itself or as reserved. The
   *     grant has no state of its own: close takes it out of the slot, and a second or late close
   *     does not find it there.
   * MUTEX-2  A key has at most one occupant: it is added by a compare-and-set from a content in
   *     which a search for the key found none.
   *
   * The uncontended life of a hold is slot: null -> grant -> null. A second key that falls into
   * the slot makes it an array, and leaves again what was there before.
   *
   * Source: thin locks (Bacon et al., PLDI 1998). See docs/design/keyed-mutex.md.
   */

  private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(Object[].class);

  /** The slots, and behind the last one this table: a grant needs both and keeps one reference. */
  final @Nullable Object[] slots;

  private final AtomicLong tokens = new AtomicLong();

  /**
   * A table of that many slots.
   *
   * @param size a power of two
   */
  SlotTable(int size) {
    this.slots = new @Nullable Object[size + 1];
    slots[size] = this;
  }

  /** The table to which these slots belong. */
  static SlotTable of(@Nullable Object[] slots) {
    return (SlotTable) Objects.requireNonNull(slots[slots.length - 1]);
  }

  int size() {
    return slots.length - 1;
  }

  /**
   * Takes the key if its slot is empty: the whole fast path. There is no look before, since a line
   * that another processor wrote last would then be fetched twice, to read and to write.
   */
  static boolean claim(@Nullable Object[] slots, Grant<?> grant) {
    return SLOT.compareAndSet(slots, index(grant.hash, slots), (Object) null, grant);
  }

  /** Lets the key go if its slot contains the grant and nothing else: the way back. */
  static boolean vacate(@Nullable Object[] slots, Grant<?> grant) {
    return SLOT.compareAndSet(slots, index(grant.hash, slots), grant, (Object) null);
  }

  /** Takes the key if it is free. */
  boolean tryTake(Grant<?> grant) {
    while (true) {
      Object seen = content(grant.hash);
      if (SlotEntry.of(seen, grant.hash, grant.key) != null) {
        return false;
      }
      if (add(seen, grant)) {
        return true;
      }
    }
  }

  /**
   * Lets the key go, unless it is reserved.
   *
   * @return false if the grant is reserved, or did not hold the key any more; nothing was done then
   */
  boolean free(Grant<?> grant) {
    while (true) {
      Object seen = content(grant.hash);
      if (seen == null || SlotEntry.of(seen, grant) != grant) {
        return false;
      }
      if (replace(grant.hash, seen, SlotEntry.without(seen, grant))) {
        return true;
      }
    }
  }

  /** What the slot of keys with this hash contains at this moment. */
  @Nullable Object content(int hash) {
    return SLOT.getVolatile(slots, index(hash, slots));
  }

  /** Adds the grant if the slot still has the content that was seen, which had none of its key. */
  boolean add(@Nullable Object seen, Grant<?> grant) {
    return replace(grant.hash, seen, SlotEntry.with(seen, grant));
  }

  /** Reserves the grant if the slot still has the content that was seen, with the grant in it. */
  boolean reserve(Object seen, Grant<?> grant) {
    return replace(grant.hash, seen, SlotEntry.replaced(seen, grant, new HandoffEntry(grant)));
  }

  /**
   * Puts {@code to} into the place of a grant, reserved or not, or nothing.
   *
   * @return false if the grant did not hold its key any more; nothing was done then
   */
  boolean exchange(Grant<?> from, @Nullable SlotEntry to) {
    while (true) {
      Object seen = content(from.hash);
      SlotEntry present = SlotEntry.of(seen, from);
      if (seen == null || present == null) {
        return false;
      }
      Object changed =
          to == null ? SlotEntry.without(seen, present) : SlotEntry.replaced(seen, present, to);
      if (replace(from.hash, seen, changed)) {
        return true;
      }
    }
  }

  private boolean replace(int hash, @Nullable Object seen, @Nullable Object changed) {
    return SLOT.compareAndSet(slots, index(hash, slots), seen, changed);
  }

  /** Who holds the key at this moment. */
  @Nullable Grant<?> find(int hash, Object key) {
    SlotEntry occupant = SlotEntry.of(content(hash), hash, key);
    return occupant == null ? null : occupant.grant();
  }

  boolean isHeld(Grant<?> grant) {
    return SlotEntry.of(content(grant.hash), grant) != null;
  }

  /** A number that is greater than all drawn before. */
  long drawToken() {
    return tokens.incrementAndGet();
  }

  /** Shows every grant that holds a key while the walk passes its slot. */
  void forEachHeld(Consumer<Grant<?>> visitor) {
    for (int index = 0; index < size(); index++) {
      Object content = content(index);
      if (content instanceof SlotEntry[] several) {
        for (SlotEntry each : several) {
          visitor.accept(each.grant());
        }
      } else if (content != null) {
        visitor.accept(((SlotEntry) content).grant());
      }
    }
  }

  boolean isEmpty() {
    for (int index = 0; index < size(); index++) {
      if (content(index) != null) {
        return false;
      }
    }
    return true;
  }

  private static int index(int hash, @Nullable Object[] slots) {
    return hash & (slots.length - 2);
  }
}
