/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.http;

import org.junit.jupiter.api.Test;
import org.occ4j.KeyCodec;
import org.occ4j.mutation.MutationPipeline;
import org.occ4j.store.VersionedStore;

/** Requests that are nearly right, to a pipeline in memory. */
class BadRequestsTest {
  @Test
  void handle_nearlyRight_isNoFaultOfTheServerAndChangesNothingUnsaid() {
    VersionedStore<String, String> store =
        VersionedStore.<String, String>inMemory(KeyCodec.strings());
    BadRequests.send(20_000, store, MutationPipeline.inMemory(store).build());
  }
}
