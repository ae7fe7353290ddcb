/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutex;

import java.time.Duration;
import org.occ4j.testkit.KeyedMutexContract;

/** The contract with every hold timed. */
class WatchedInMemoryMutexTest extends KeyedMutexContract {
  @Override
  protected KeyedMutex<String> create() {
    return KeyedMutex.<String>builder().warnHeldLongerThan(Duration.ofSeconds(30)).build();
  }
}
