/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.merge;

/** Stands where a map has no entry, which is not the same as an entry of null. */
enum Absent {
  ABSENT
}
