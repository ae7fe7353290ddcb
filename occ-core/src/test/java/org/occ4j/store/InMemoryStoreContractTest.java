/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.store;

import java.time.InstantSource;
import org.junit.jupiter.api.Nested;
import org.occ4j.KeyCodec;
import org.occ4j.change.ChangeFeed;
import org.occ4j.testkit.VersionedStoreContract;

/** The store in memory, bare and with everything that can be switched on. */
class InMemoryStoreContractTest {

  @Nested
  class Bare extends VersionedStoreContract {
    @Override
    protected VersionedStore<String, String> open() {
      return VersionedStore.<String, String>builder("test", KeyCodec.strings()).build();
    }

    @Override
    public boolean recordsTime() {
      return false;
    }

    @Override
    public boolean recordsChanges() {
      return false;
    }
  }

  @Nested
  class WithChangesAndTimes extends VersionedStoreContract {
    @Override
    protected VersionedStore<String, String> open() {
      return VersionedStore.<String, String>builder("test", KeyCodec.strings())
          .changes(ChangeFeed.inMemory())
          .clock(InstantSource.system())
          .recordStats()
          .build();
    }

    @Override
    public boolean recordsChanges() {
      return true;
    }
  }

  /** A clock that stands still lays bare what really keeps versions and times apart. */
  @Nested
  class WithAClockThatStandsStill extends VersionedStoreContract {
    @Override
    protected VersionedStore<String, String> open() {
      return VersionedStore.<String, String>builder("test", KeyCodec.strings())
          .clock(InstantSource.fixed(java.time.Instant.ofEpochSecond(-5, 999)))
          .build();
    }

    @Override
    public boolean recordsChanges() {
      return false;
    }
  }
}
