/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.occ4j.Expected;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.Rejection;
import org.occ4j.proof.Operation.Call;

/**
 * A mutation that some worker means to have carried out, sent as often as it takes, and by others
 * as well.
 *
 * @param id drawn once
 * @param call an edit, a delete, or an effect
 * @param key what it changes
 * @param content the name of what it writes
 * @param expected spelled as in {@link Operation}
 * @param audited whether it writes a row of its own
 * @param rejects whether its edit says no
 */
record Intent(
    UUID id,
    Call call,
    String key,
    String content,
    Expected expected,
    boolean audited,
    boolean rejects) {
  private static final Scope SCOPE = new Scope("acme", "ada", "proof");

  MutationId mutationId() {
    return new MutationId(SCOPE, id);
  }

  Mutation<String, String> mutation() {
    return Mutation.of(mutationId(), key, expected, edit()).build();
  }

  private Edit<String> edit() {
    return new Edit<>() {
      @Override
      public @Nullable String apply(@Nullable String current) throws Rejection {
        if (rejects) {
          throw new Rejection("no", content);
        }
        return call == Call.DELETE ? null : State.edited(content, current);
      }
    };
  }
}
