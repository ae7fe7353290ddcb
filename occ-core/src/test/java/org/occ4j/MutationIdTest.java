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
import org.junit.jupiter.params.provider.CsvSource;
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
        "9466453512838123492",
        "012345678901234567890123456789012345678901234567890",
        "fifteen-letters",
        "{0f8fad5b-d9cb-469f-a165-70867728950e}",
        "urn:uuid:0f8fad5bd9cb469fa16570867728950e",
        "urn:uuid:01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "0f8fad5b-d9cb-469f-a165-70867728950e ",
        "\"0f8fad5b-d9cb-469f-a165-70867728950e\"",
        "a key with a \"quote\"",
        "a key with a \\ in it",
        "a key with a\ttab in it",
        "a key with a\nline in it",
        "a key with a \u0000 in it",
        "a key with a \u007f in it",
        "an \u00f6dd but long key",
        "                ",
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

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0f8fad5bd9cb469fa16570867728950e",
        "0F8FAD5BD9CB469FA16570867728950E",
        "urn:uuid:0f8fad5b-d9cb-469f-a165-70867728950e",
        "URN:UUID:0F8FAD5B-D9CB-469F-A165-70867728950E",
        "Urn:Uuid:0f8fad5b-D9CB-469f-a165-70867728950E"
      })
  void parse_otherSpellingOfAUuid_isTheSameId(String text) {
    assertThat(MutationId.parse(SCOPE, text)).isEqualTo(ID);
  }

  /** Worked out by another program: it must not change between releases. */
  @ParameterizedTest
  @CsvSource({
    "01ARZ3NDEKTSV4RRFFQ69G5FAV, 0ea2e70b-22fe-80b4-8a6b-a46784f0af5c",
    "V1StGXR8_Z5jdHi6B-myT, a4c902d6-cdf5-8971-880a-b2c90e82a825",
    "order 42 created, c3227ac2-3fdd-8ac9-b1f2-312ce8c156a6",
    "507f1f77bcf86cd799439011, c28e5721-9dbb-8886-9d9b-d3d2f9bea71c",
  })
  void parse_opaqueKey_isTheSameIdInEveryRelease(String text, String uuid) {
    UUID id = MutationId.parse(SCOPE, text).clientMutationId();

    assertThat(id).isEqualTo(UUID.fromString(uuid));
    assertThat(id.version()).isEqualTo(8);
    assertThat(id.variant()).isEqualTo(2);
    // The id as it is stored and logged is an id as well, and the same one.
    assertThat(MutationId.parse(SCOPE, id.toString()).clientMutationId()).isEqualTo(id);
  }

  @Test
  void parse_differentOpaqueKeys_areDifferentIds() {
    List<String> keys =
        List.of(
            "01ARZ3NDEKTSV4RRFFQ69G5FAV",
            "01arz3ndektsv4rrffq69g5fav",
            "01ARZ3NDEKTSV4RRFFQ69G5FAW",
            "x".repeat(16),
            "x".repeat(17),
            "x".repeat(31),
            "x".repeat(32),
            "x".repeat(33),
            "x".repeat(36),
            "x".repeat(255),
            "0f8fad5bd9cb469fa16570867728950", // a digit short of a UUID
            "0f8fad5bd9cb469fa16570867728950e0",
            "uuid:0f8fad5b-d9cb-469f-a165-70867728950e",
            TEXT);

    assertThat(keys.stream().map(key -> MutationId.parse(SCOPE, key))).doesNotHaveDuplicates();
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
