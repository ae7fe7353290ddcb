/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.change;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.mutation.MutationResult;
import org.occ4j.store.Commit;
import org.occ4j.store.CommitResult;
import org.occ4j.store.VersionedStore;
import org.occ4j.store.WriteResult;

class ChangeTokenTest {
  private static final String UUID_TEXT = "3b241101-e2bb-4255-8caf-4136c566a962";

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 4711, Long.MAX_VALUE})
  void parse_ofItsText_isTheToken(long position) {
    ChangeToken token = new ChangeToken(UUID.fromString(UUID_TEXT), position);
    assertThat(token.toString()).isEqualTo(UUID_TEXT + "." + position).hasSizeLessThanOrEqualTo(56);
    assertThat(ChangeToken.parse(token.toString())).isEqualTo(token);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        "1",
        UUID_TEXT,
        UUID_TEXT + ".",
        UUID_TEXT + ".-1",
        UUID_TEXT + ".+1",
        UUID_TEXT + ".01",
        UUID_TEXT + ".1 ",
        " " + UUID_TEXT + ".1",
        UUID_TEXT + ".1\n",
        UUID_TEXT + ".\u0661",
        UUID_TEXT + ".9223372036854775808",
        UUID_TEXT + ".99999999999999999999",
        "3B241101-e2bb-4255-8caf-4136c566a962.1",
        "1-2-3-4-5.1"
      })
  void parse_ofAnotherText_isRefused(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ChangeToken.parse(text))
        .withMessageContaining("not a change token");
  }

  @Test
  void token_ofAWriteInMemory_isThatOfItsChange() {
    ChangeLog changes = ChangeFeed.inMemory();
    VersionedStore<String, String> store =
        VersionedStore.<String, String>builder("note", KeyCodec.strings()).changes(changes).build();
    assertThat(store.put("a", "1", Expected.absent()).token()).isEqualTo(changes.now());
    assertThat(store.delete("a", Expected.any()).token()).isEqualTo(changes.now());
    assertThat(store.delete("a", Expected.any()).token()).isNull();
    var commit =
        store.commit(
            Commit.<String, String>empty()
                .put("a", "2", Expected.any())
                .put("b", "2", Expected.any()));
    assertThat(((CommitResult.Applied<String, String>) commit).token()).isEqualTo(changes.now());
    VersionedStore<String, String> silent = VersionedStore.inMemory(KeyCodec.strings());
    assertThat(silent.put("a", "1", Expected.absent()).token()).isNull();
  }

  @Test
  void results_ofOneState_areEqualWhereverTheirChangesStand() {
    ChangeToken token = new ChangeToken(UUID.fromString(UUID_TEXT), 1);
    assertThat(new WriteResult.Applied<String>(null, token))
        .isEqualTo(new WriteResult.Applied<String>(null))
        .hasSameHashCodeAs(new WriteResult.Applied<String>(null));
    assertThat(new CommitResult.Applied<String, String>(Map.of(), token))
        .isEqualTo(new CommitResult.Applied<String, String>(Map.of()))
        .hasSameHashCodeAs(new CommitResult.Applied<String, String>(Map.of()));
    assertThat(new MutationResult.Applied<String>(null, false, List.of(), token))
        .isEqualTo(new MutationResult.Applied<String>(null, false))
        .hasSameHashCodeAs(new MutationResult.Applied<String>(null, false))
        .isNotEqualTo(new MutationResult.Applied<String>(null, true));
  }
}
