/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j;

/** The two parts of a {@linkplain Codec#id() codec's id}. */
final class CodecIds {
  private static final int MAX_DIGITS = 9;

  private CodecIds() {}

  /** What is before the version; all of it if there is none, as in {@code application/json}. */
  static String name(String id) {
    int slash = slashBeforeVersion(id);
    return slash < 0 ? id : id.substring(0, slash);
  }

  /** The version; 0 if there is none. */
  static int version(String id) {
    int slash = slashBeforeVersion(id);
    return slash < 0 ? 0 : Integer.parseInt(id, slash + 1, id.length(), 10);
  }

  private static int slashBeforeVersion(String id) {
    int slash = id.lastIndexOf('/');
    int digits = id.length() - slash - 1;
    if (slash < 0 || digits < 1 || digits > MAX_DIGITS) {
      return -1;
    }
    for (int i = slash + 1; i < id.length(); i++) {
      if (id.charAt(i) < '0' || id.charAt(i) > '9') {
        return -1;
      }
    }
    return slash;
  }
}
