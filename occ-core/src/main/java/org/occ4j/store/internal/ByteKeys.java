/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.store.internal;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Beginnings of keys, in the order of their bytes. */
public final class ByteKeys {
  private ByteKeys() {}

  /** Whether these bytes begin with the prefix. */
  public static boolean startsWith(byte[] bytes, byte[] prefix) {
    return bytes.length >= prefix.length
        && Arrays.equals(bytes, 0, prefix.length, prefix, 0, prefix.length);
  }

  /** The least bytes above all that begin with the prefix, or null if there are none. */
  public static byte @Nullable [] behind(byte[] prefix) {
    for (int last = prefix.length - 1; last >= 0; last--) {
      if (prefix[last] != (byte) 0xFF) {
        byte[] behind = Arrays.copyOf(prefix, last + 1);
        behind[last]++;
        return behind;
      }
    }
    return null;
  }

  /**
   * The least text above all that begin with the prefix, or null if there is none: by its code
   * points, which sort as the bytes of UTF-8 do.
   */
  public static @Nullable String behind(String prefix) {
    for (int end = prefix.length(); end > 0; ) {
      int last = prefix.codePointBefore(end);
      end -= Character.charCount(last);
      if (last < Character.MAX_CODE_POINT) {
        int next = last + 1 == Character.MIN_SURROGATE ? Character.MAX_SURROGATE + 1 : last + 1;
        return prefix.substring(0, end) + Character.toString(next);
      }
    }
    return null;
  }
}
