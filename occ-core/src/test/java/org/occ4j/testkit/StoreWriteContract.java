/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.occ4j.ConflictException;
import org.occ4j.Expected;
import org.occ4j.RetryPolicy;
import org.occ4j.Versioned;
import org.occ4j.store.VersionedStore;
import org.occ4j.store.WriteResult;

/** What a store promises of single writes. */
public interface StoreWriteContract {

  /** The store under test, empty at the start of each test. */
  VersionedStore<String, String> store();

  /** Whether states of this store have an {@code updatedAt}. */
  default boolean recordsTime() {
    return true;
  }

  /** The state written. */
  private Versioned<String> put(String key, String value) {
    return Objects.requireNonNull(store().put(key, value, Expected.any()).orThrow());
  }

  @Test
  default void get_absentKey_isEmpty() {
    assertThat(store().get("none")).isEmpty();
  }

  @Test
  default void put_newKey_returnsWhatIsThenRead() {
    Versioned<String> written = put("a", "one");
    assertThat(written.value()).isEqualTo("one");
    assertThat(written.version()).isPositive();
    assertThat(written.updatedBy()).isNull();
    assertThat(written.updatedAt() != null).isEqualTo(recordsTime());
    assertThat(store().get("a")).contains(written);
  }

  @Test
  default void put_again_raisesTheVersion() {
    Versioned<String> first = put("a", "one");
    Versioned<String> second = put("a", "one");
    assertThat(second.version()).isGreaterThan(first.version());
    assertThat(store().get("a")).contains(second);
  }

  @Test
  default void by_namesTheWriterOfItsOwnWritesOnly() {
    VersionedStore<String, String> ann = store().by("ann");
    ann.put("a", "one", Expected.absent());
    assertThat(store().get("a").orElseThrow().updatedBy()).isEqualTo("ann");
    put("a", "two");
    assertThat(store().get("a").orElseThrow().updatedBy()).isNull();
    ann.by("Zoë").put("a", "three", Expected.any());
    assertThat(ann.get("a").orElseThrow().updatedBy()).isEqualTo("Zoë");
  }

  private static Expected versionIn(Long... versions) {
    return Expected.versionIn(List.of(versions));
  }

  /** Every expectation, over a key that is there and one that is not. */
  static Stream<Precondition> preconditions() {
    return Stream.of(
        new Precondition("its version", state -> Expected.version(state.version()), true, false),
        new Precondition("a version before", s -> Expected.version(s.version() - 1), false, false),
        new Precondition("a version after", s -> Expected.version(s.version() + 1), false, false),
        new Precondition("version zero", state -> Expected.version(0), false, false),
        new Precondition("the greatest", s -> Expected.version(Long.MAX_VALUE), false, false),
        new Precondition(
            "one of several", s -> versionIn(s.version() - 1, s.version()), true, false),
        new Precondition(
            "none of several", s -> versionIn(s.version() + 1, Long.MAX_VALUE), false, false),
        new Precondition("no version", s -> versionIn(), false, false),
        new Precondition("absent", state -> Expected.absent(), false, true),
        new Precondition("present", state -> Expected.present(), true, false),
        new Precondition("any", state -> Expected.any(), true, true));
  }

  @ParameterizedTest
  @MethodSource("preconditions")
  default void put_presentKey_isAppliedOrConflictsWithTheState(Precondition precondition) {
    Versioned<String> state = put("a", "old");
    Expected expected = precondition.of(state);
    WriteResult<String> result = store().put("a", "new", expected);
    if (precondition.holdsIfPresent()) {
      assertThat(result.isApplied()).isTrue();
      assertThat(store().get("a").map(Versioned::value)).contains("new");
      assertThat(result.current()).isEqualTo(store().get("a").orElseThrow());
    } else {
      assertThat(result).isEqualTo(new WriteResult.Conflict<>(expected, state));
      assertThat(store().get("a")).contains(state);
    }
  }

  @ParameterizedTest
  @MethodSource("preconditions")
  default void put_absentKey_isAppliedOrConflictsWithNothing(Precondition precondition) {
    Expected expected = precondition.of(put("other", "x"));
    WriteResult<String> result = store().put("a", "new", expected);
    if (precondition.holdsIfAbsent()) {
      assertThat(result.isApplied()).isTrue();
      assertThat(result.current()).isEqualTo(store().get("a").orElseThrow());
    } else {
      assertThat(result).isEqualTo(new WriteResult.Conflict<>(expected, null));
      assertThat(store().get("a")).isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("preconditions")
  default void delete_presentKey_isAppliedOrConflictsWithTheState(Precondition precondition) {
    Versioned<String> state = put("a", "old");
    Expected expected = precondition.of(state);
    WriteResult<String> result = store().delete("a", expected);
    if (precondition.holdsIfPresent()) {
      assertThat(result).isEqualTo(new WriteResult.Applied<>(null));
      assertThat(store().get("a")).isEmpty();
    } else {
      assertThat(result).isEqualTo(new WriteResult.Conflict<>(expected, state));
      assertThat(store().get("a")).contains(state);
    }
  }

  @ParameterizedTest
  @MethodSource("preconditions")
  default void delete_absentKey_isAppliedOrConflictsWithNothing(Precondition precondition) {
    Expected expected = precondition.of(put("other", "x"));
    WriteResult<String> result = store().delete("a", expected);
    assertThat(result)
        .isEqualTo(
            precondition.holdsIfAbsent()
                ? new WriteResult.Applied<>(null)
                : new WriteResult.Conflict<>(expected, null));
    assertThat(store().get("other")).isPresent();
  }

  @Test
  default void put_byTime_holdsForTheLatestStateOnly() {
    assumeTrue(recordsTime());
    Versioned<String> first = put("a", "one");
    Versioned<String> second = put("a", "two");
    Instant before = Objects.requireNonNull(first.updatedAt());
    Instant now = Objects.requireNonNull(second.updatedAt());
    assertThat(now).as("two writes never share a time").isAfter(before);
    assertThat(store().put("a", "x", Expected.updatedAt(before)))
        .isEqualTo(new WriteResult.Conflict<>(Expected.updatedAt(before), second));
    assertThat(store().put("a", "three", Expected.updatedAt(now)).isApplied()).isTrue();
    assertThat(store().delete("a", Expected.updatedAt(now)).isApplied()).isFalse();
  }

  @Test
  default void put_byTimeWithNanoseconds_comparesMicroseconds() {
    assumeTrue(recordsTime());
    Instant at = Objects.requireNonNull(put("a", "one").updatedAt());
    assertThat(at).isEqualTo(at.truncatedTo(ChronoUnit.MICROS));
    assertThat(store().put("a", "x", Expected.updatedAt(at.plusNanos(1_000))).isApplied())
        .isFalse();
    assertThat(store().put("a", "two", Expected.updatedAt(at.plusNanos(999))).isApplied()).isTrue();
  }

  @Test
  default void put_byTimeOfAnAbsentKey_conflicts() {
    Expected expected = Expected.updatedAt(Instant.EPOCH);
    assertThat(store().put("a", "x", expected))
        .isEqualTo(new WriteResult.Conflict<>(expected, null));
  }

  @Test
  default void delete_andCreateAgain_neverRepeatsAVersion() {
    Versioned<String> last = put("a", "one");
    for (int life = 0; life < 20; life++) {
      last = put("a", "more");
      assertThat(store().delete("a", Expected.version(last.version())).isApplied()).isTrue();
      Versioned<String> reborn = put("a", "again");
      assertThat(reborn.version()).isGreaterThan(last.version());
      assertThat(store().put("a", "x", Expected.version(last.version())).isApplied()).isFalse();
      last = reborn;
    }
  }

  @Test
  default void orThrow_conflict_carriesBothSides() {
    Versioned<String> state = put("a", "one");
    assertThatThrownBy(() -> store().put("a", "x", Expected.absent()).orThrow())
        .isInstanceOfSatisfying(
            ConflictException.class,
            conflict -> {
              assertThat(conflict.expected()).isEqualTo(Expected.absent());
              assertThat(conflict.current()).isEqualTo(state);
            });
  }

  @Test
  default void update_presentKey_storesTheEditedValue() {
    put("a", "one");
    Versioned<String> updated = store().update("a", v -> v + "!", RetryPolicy.once()).orThrow();
    assertThat(store().get("a")).contains(Objects.requireNonNull(updated));
    assertThat(updated.value()).isEqualTo("one!");
  }

  @Test
  default void update_absentKey_conflictsWithoutEditing() {
    AtomicInteger edits = new AtomicInteger();
    WriteResult<String> result =
        store().update("a", v -> v + edits.incrementAndGet(), RetryPolicy.defaults());
    assertThat(result.isApplied()).isFalse();
    assertThat(result.current()).isNull();
    assertThat(edits).hasValue(0);
  }

  @Test
  default void update_throwingEdit_throwsItAndChangesNothing() {
    Versioned<String> state = put("a", "one");
    IllegalStateException thrown = new IllegalStateException("thrown by a test");
    assertThatThrownBy(
            () ->
                store()
                    .update(
                        "a",
                        v -> {
                          throw thrown;
                        },
                        RetryPolicy.defaults()))
        .isSameAs(thrown);
    assertThat(store().get("a")).contains(state);
  }

  @Test
  default void update_lostRaces_endWithTheAttempts() {
    put("a", "0");
    AtomicInteger edits = new AtomicInteger();
    RetryPolicy three = new RetryPolicy(3, Duration.ofHours(1), Duration.ZERO, Duration.ZERO);
    WriteResult<String> result = store().update("a", v -> rivalled(v, edits), three);
    assertThat(edits).hasValue(3);
    assertThat(result.isApplied()).isFalse();
    assertThat(result.current()).isEqualTo(store().get("a").orElseThrow());
    assertThat(store().get("a").orElseThrow().value()).isEqualTo("rival 3");
  }

  @Test
  default void update_lostRaces_endWithTheTime() {
    put("a", "0");
    AtomicInteger edits = new AtomicInteger();
    RetryPolicy noTime = new RetryPolicy(1_000, Duration.ZERO, Duration.ZERO, Duration.ZERO);
    assertThat(store().update("a", v -> rivalled(v, edits), noTime).isApplied()).isFalse();
    assertThat(edits).hasValue(1);
  }

  private String rivalled(String value, AtomicInteger edits) {
    put("a", "rival " + edits.incrementAndGet());
    return value;
  }

  @Test
  default void update_lostOnce_editsTheWinnersState() {
    put("a", "one");
    AtomicInteger edits = new AtomicInteger();
    WriteResult<String> result =
        store()
            .update(
                "a",
                v -> {
                  if (edits.incrementAndGet() == 1) {
                    put("a", "two");
                  }
                  return v + "!";
                },
                RetryPolicy.defaults());
    assertThat(Objects.requireNonNull(result.orThrow()).value()).isEqualTo("two!");
    assertThat(edits).hasValue(2);
  }

  @Test
  default void update_keyDeletedMeanwhile_conflictsWithNothing() {
    put("a", "one");
    WriteResult<String> result =
        store()
            .update(
                "a",
                v -> {
                  store().delete("a", Expected.any());
                  return v;
                },
                RetryPolicy.defaults());
    assertThat(result.isApplied()).isFalse();
    assertThat(result.current()).isNull();
    assertThat(store().get("a")).isEmpty();
  }

  @Test
  default void keys_alikeButNotEqual_areDifferent() {
    String[] keys = {"a", "A", "a ", " a", "ä", "a\u0308", "Ä", "ß", "ss", "", "\u0000", "%", "_"};
    for (String key : keys) {
      assertThat(store().put(key, "value of " + key, Expected.absent()).isApplied())
          .as("key '%s' is new", key)
          .isTrue();
    }
    for (String key : keys) {
      assertThat(store().get(key).map(Versioned::value)).contains("value of " + key);
    }
  }

  @Test
  default void values_awkwardTexts_areKeptAsTheyWere() {
    for (String value : new String[] {"", " ", "\u0000", "'; DROP TABLE x; --", "€𐐷ñ"}) {
      put("a", value);
      assertThat(store().get("a").orElseThrow().value()).isEqualTo(value);
    }
  }

  @Test
  default void key_ofTheGreatestLength_isTaken_andALongerOneRefusedEverywhere() {
    String longest = "é".repeat(127) + "x";
    String tooLong = longest + "y";
    assertThat(put(longest, "v").value()).isEqualTo("v");
    assertRefused(() -> store().put(tooLong, "v", Expected.any()));
    assertRefused(() -> store().put(tooLong, "v", Expected.present()));
    assertRefused(() -> store().delete(tooLong, Expected.any()));
    assertRefused(() -> store().get(tooLong));
    assertRefused(() -> store().update(tooLong, v -> v, RetryPolicy.once()));
  }

  private static void assertRefused(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("256 bytes");
  }

  @Test
  default void key_withAnUnpairedSurrogate_isRefused() {
    assertThatThrownBy(() -> store().put("\ud801", "v", Expected.any()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  @SuppressWarnings("NullAway")
  default void nulls_areRefusedAndChangeNothing() {
    Versioned<String> state = put("a", "one");
    assertNull(() -> store().get(null));
    assertNull(() -> store().put(null, "v", Expected.any()));
    assertNull(() -> store().put("a", null, Expected.any()));
    assertNull(() -> store().put("a", "v", null));
    assertNull(() -> store().delete(null, Expected.any()));
    assertNull(() -> store().delete("a", null));
    assertNull(() -> store().update("a", null, RetryPolicy.once()));
    assertNull(() -> store().update("a", v -> null, RetryPolicy.once()));
    assertNull(() -> store().by(null));
    assertThat(store().get("a")).contains(state);
  }

  private static void assertNull(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    assertThatThrownBy(call).isInstanceOf(NullPointerException.class);
  }

  @Test
  default void by_overlongName_isRefused() {
    store().by("x".repeat(255)).put("a", "v", Expected.any());
    assertThat(store().get("a").orElseThrow().updatedBy()).hasSize(255);
    assertThatThrownBy(() -> store().by("x".repeat(256)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("updatedBy");
  }

  /**
   * An expectation made from a state.
   *
   * @param name for reports
   * @param make makes it
   * @param holdsIfPresent whether it holds for that state
   * @param holdsIfAbsent whether it holds for an absent key
   */
  record Precondition(
      String name,
      java.util.function.Function<Versioned<String>, Expected> make,
      boolean holdsIfPresent,
      boolean holdsIfAbsent) {
    Expected of(Versioned<String> state) {
      return make.apply(state);
    }

    @Override
    public String toString() {
      return name;
    }
  }
}
