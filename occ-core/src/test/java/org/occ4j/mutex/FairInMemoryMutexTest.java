/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutex;

import org.occ4j.testkit.KeyedMutexContract;

/** The contract, first come, first served. */
class FairInMemoryMutexTest extends KeyedMutexContract {
  @Override
  protected KeyedMutex<String> create() {
    return KeyedMutex.<String>builder().fair(true).build();
  }

  @Override
  protected boolean isFair() {
    return true;
  }
}
