/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutex;

import org.occ4j.testkit.KeyedMutexContract;

/** The contract where all keys meet in one slot, and threads queue at once. */
class OneSlotInMemoryMutexTest extends KeyedMutexContract {
  @Override
  protected KeyedMutex<String> create() {
    return KeyedMutex.<String>builder().slots(1).backOff(false).build();
  }
}
