/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.occ4j.Scope;
import org.occ4j.testkit.Concurrently;

class ScopeHashesTest {

  /** Worked out by another program: rows of former releases are found by it. */
  @Test
  void of_scope_isTheSameInEveryRelease() {
    byte[] hash = ScopeHashes.of(new Scope("acme", "Zo\u00eb", "task.edit"));
    assertThat(HexFormat.of().formatHex(hash))
        .isEqualTo("79b7f09ce701dd2abe2e0352e27ef3a1d47981d6411f8a11075b33dc05133001");
  }

  /** Far more scopes than are kept, by threads that take the slots from each other. */
  @Test
  void of_moreScopesThanAreKept_neverGivesTheHashOfAnother() throws Exception {
    Map<Scope, String> alone = new HashMap<>();
    for (int i = 0; i < 3_000; i++) {
      Scope scope = new Scope("tenant " + i, "ada", "op");
      alone.put(scope, HexFormat.of().formatHex(ScopeHashes.of(scope)));
    }
    assertThat(alone.values()).doesNotHaveDuplicates();
    Concurrently.threads(4)
        .run(
            runner -> {
              alone.forEach(
                  (scope, hash) ->
                      assertThat(HexFormat.of().formatHex(ScopeHashes.of(scope))).isEqualTo(hash));
              return runner;
            })
        .values();
  }
}
