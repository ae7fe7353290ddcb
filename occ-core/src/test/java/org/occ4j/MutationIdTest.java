/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MutationIdTest {
  private static final String TEXT = "0f8fad5b-d9cb-469f-a165-70867728950e";
  private static final Scope SCOPE = new Scope("acme", "Zo\u00eb", "task.edit");
  private static final MutationId ID = new MutationId(SCOPE, UUID.fromString(TEXT));

  @Test
  void parse_uuidInEitherCase_isThatId() {
    assertThat(MutationId.parse(SCOPE, TEXT)).isEqualTo(ID);
    assertThat(MutationId.parse(SCOPE, TEXT.toUpperCase(Locale.ROOT))).isEqualTo(ID);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "42",
        "0f8fad5bd9cb469fa16570867728950e",
        "{0f8fad5b-d9cb-469f-a165-708677289}",
        "0f8fad5b-d9cb-469f-a165-70867728950g",
        "f8fad5b-d9cb-469f-a165-70867728950e0",
        " f8fad5b-d9cb-469f-a165-70867728950e"
      })
  void parse_notAUuid_isRefused(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MutationId.parse(SCOPE, text))
        .withMessageContaining("UUID");
  }

  @Test
  void parse_overlongText_isRefusedWithoutRepeatingIt() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MutationId.parse(SCOPE, "x".repeat(100_000)))
        .withMessageContaining("100000")
        .satisfies(refusal -> assertThat(refusal.getMessage().length()).isLessThan(200));
  }

  @Test
  void nullParts_areRefusedByName() {
    assertThatNullPointerException()
        .isThrownBy(() -> new MutationId(null, UUID.fromString(TEXT)))
        .withMessage("scope");
    assertThatNullPointerException()
        .isThrownBy(() -> new MutationId(SCOPE, null))
        .withMessage("clientMutationId");
  }

  /** Worked out by another program: it must not change between releases. */
  @Test
  void derive_isTheSameInEveryRelease() {
    assertThat(ID.derive("downstream:charge"))
        .isEqualTo(UUID.fromString("c232e91c-de03-823f-a544-b61b6f0e7cb1"));
  }

  /** Parts that run into each other are other parts. */
  @Test
  void derive_anotherScopeIdOrPurpose_isAnotherId() {
    UUID id = ID.clientMutationId();
    List<UUID> derived =
        List.of(
            ID.derive("b"),
            ID.derive("bc"),
            new MutationId(SCOPE, new UUID(1, 2)).derive("b"),
            new MutationId(new Scope("acmeZ", "o\u00eb", "task.edit"), id).derive("b"),
            new MutationId(new Scope("acme", "Zo\u00ebtask", ".edit"), id).derive("b"),
            new MutationId(new Scope("acme", "Zo\u00eb", "task.editb"), id).derive(""));
    Set<UUID> distinct = new HashSet<>(derived);
    assertThat(distinct).hasSameSizeAs(derived);
  }

  @Test
  void scope_partEmptyTooLongOrNull_isRefusedByName() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Scope("", "ada", "op"))
        .withMessageContaining("tenant");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Scope("acme", "a".repeat(Scope.MAX_PART_LENGTH + 1), "op"))
        .withMessageContaining("principal");
    assertThatNullPointerException()
        .isThrownBy(() -> new Scope("acme", "ada", null))
        .withMessage("operation");
  }
}
