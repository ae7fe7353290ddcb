/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutex;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What stands in a slot for a key that is held: its {@link Grant}, or the grant as {@link
 * HandoffEntry}.
 *
 * <p>The content of a slot is null, one occupant, or an array of at least two, which is never
 * changed but replaced. The functions here make one content from another; equal contents may be
 * different arrays, so that a compare-and-set from a content that was read holds only if nothing
 * happened since.
 *
 * <p>A class and not an interface, since it is cast to where threads contend, and casts to
 * interfaces write a word that all processors share (JDK-8180450).
 */
abstract class SlotEntry {
  /** Who holds the key. */
  abstract Grant<?> grant();

  /** The occupant of a key, or null if the key is free. Runs the key's equals. */
  static @Nullable SlotEntry of(@Nullable Object content, int hash, Object key) {
    if (content instanceof SlotEntry[] several) {
      for (SlotEntry each : several) {
        if (each.grant().isOf(hash, key)) {
          return each;
        }
      }
      return null;
    }
    SlotEntry one = (SlotEntry) content;
    return one != null && one.grant().isOf(hash, key) ? one : null;
  }

  /** The occupant that stands for this very grant, or null if the grant holds nothing here. */
  static @Nullable SlotEntry of(@Nullable Object content, Grant<?> grant) {
    if (content instanceof SlotEntry[] several) {
      for (SlotEntry each : several) {
        if (each.grant() == grant) {
          return each;
        }
      }
      return null;
    }
    SlotEntry one = (SlotEntry) content;
    return one != null && one.grant() == grant ? one : null;
  }

  /** The content with one occupant more. */
  static Object with(@Nullable Object content, SlotEntry added) {
    if (content == null) {
      return added;
    }
    if (content instanceof SlotEntry[] several) {
      SlotEntry[] more = Arrays.copyOf(several, several.length + 1);
      more[several.length] = added;
      return more;
    }
    return new SlotEntry[] {(SlotEntry) content, added};
  }

  /** The content with {@code to} in the place of {@code from}, which is there. */
  static Object replaced(Object content, SlotEntry from, SlotEntry to) {
    if (!(content instanceof SlotEntry[] several)) {
      return to;
    }
    SlotEntry[] changed = several.clone();
    changed[indexOf(several, from)] = to;
    return changed;
  }

  /** The content without {@code gone}, which is there. */
  static @Nullable Object without(Object content, SlotEntry gone) {
    if (!(content instanceof SlotEntry[] several)) {
      return null;
    }
    int index = indexOf(several, gone);
    int last = several.length - 1;
    if (last == 1) {
      return several[1 - index];
    }
    SlotEntry[] fewer = Arrays.copyOf(several, last);
    if (index < last) {
      fewer[index] = several[last];
    }
    return fewer;
  }

  private static int indexOf(SlotEntry[] several, SlotEntry wanted) {
    int index = 0;
    while (several[index] != wanted) {
      index++;
    }
    return index;
  }
}
