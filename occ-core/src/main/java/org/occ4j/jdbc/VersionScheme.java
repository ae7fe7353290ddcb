/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

/** How the versions of a store's keys begin; each later write of a key adds one. */
public enum VersionScheme {

  /**
   * A key's first version is the database's clock in microseconds since the epoch, so that a key
   * that was deleted and comes back begins above its earlier life (G2) without a tombstone, as long
   * as a key is not written a million times a second. Below 2^53 until the year 2255, so that
   * JavaScript reads it exactly.
   */
  EPOCH,

  /**
   * A key's first version is 1. Versions repeat when a key is deleted and comes back: a writer that
   * held a version of the earlier life may then overwrite a state of the later one that it never
   * saw. For tables that show their versions to people and delete nothing.
   */
  COUNTER
}
