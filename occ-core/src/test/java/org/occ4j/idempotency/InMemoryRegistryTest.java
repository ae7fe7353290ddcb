/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.idempotency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.MutationId;
import org.occ4j.idempotency.Outcome.Executed;
import org.occ4j.idempotency.Outcome.Reason;
import org.occ4j.idempotency.Outcome.Refused;
import org.occ4j.idempotency.Outcome.Replayed;
import org.occ4j.testkit.Concurrently;
import org.occ4j.testkit.FakeTicker;
import org.occ4j.testkit.IdempotencyRegistryContract;
import org.occ4j.testkit.Running;

class InMemoryRegistryTest extends IdempotencyRegistryContract {
  private static final IdempotencyOptions<String> HOW =
      IdempotencyOptions.returning(Codec.strings());
  private static final Instant WALL = Instant.parse("2026-01-02T03:04:05Z");

  private final FakeTicker ticker = new FakeTicker();
  private final IdempotencyRegistry registry =
      IdempotencyRegistry.builder().ticker(ticker).clock(() -> WALL).build();

  @Override
  protected IdempotencyRegistry registry() {
    return registry;
  }

  @Override
  protected void elapse(Duration time) {
    ticker.advance(time);
  }

  @Override
  protected boolean keepsAnswersAsObjects() {
    return true;
  }

  @Test
  void execute_inFlight_isToBeAskedAfterAsLongAgain() throws Exception {
    MutationId id = id();
    registry.execute(
        id,
        HOW,
        context -> {
          assertThat(askingBeside(id)).isEqualTo(Duration.ofSeconds(1));
          ticker.advance(Duration.ofSeconds(20));
          assertThat(askingBeside(id)).isEqualTo(Duration.ofSeconds(20));
          return "first";
        });
  }

  private Duration askingBeside(MutationId id) throws Exception {
    return Running.start(
            () -> ((Refused<String>) registry.execute(id, HOW, c -> "second")).retryAfter())
        .result();
  }

  @Test
  void execute_full_refusesNewIdsAndStillReplays() throws Exception {
    IdempotencyRegistry small = IdempotencyRegistry.builder().capacity(2).ticker(ticker).build();
    MutationId first = id();
    small.execute(first, HOW, context -> "first");
    assertThatThrownBy(() -> small.execute(id(), HOW, InMemoryRegistryTest::failing))
        .isInstanceOf(IOException.class);

    MutationId refused = id();
    assertThat(small.execute(refused, HOW, context -> "third"))
        .isEqualTo(new Refused<>(Reason.CAPACITY, Duration.ofSeconds(1)));
    assertThat(small.find(refused)).isEmpty();
    assertThat(small.execute(first, HOW, context -> "again")).isInstanceOf(Replayed.class);
  }

  @Test
  void execute_fullOfWhatIsOver_makesRoom() throws Exception {
    IdempotencyRegistry small = IdempotencyRegistry.builder().capacity(2).ticker(ticker).build();
    for (int day = 0; day < 10; day++) {
      assertThat(small.execute(id(), HOW, context -> "x")).isInstanceOf(Executed.class);
      assertThat(small.execute(id(), HOW, context -> "y")).isInstanceOf(Executed.class);
      assertThat(small.execute(id(), HOW, context -> "z")).isInstanceOf(Refused.class);
      ticker.advance(Duration.ofHours(25));
    }
  }

  @Test
  void execute_racingForTheLastPlace_neverKeepsMoreThanTheCapacity() throws Exception {
    for (int round = 0; round < 50; round++) {
      IdempotencyRegistry small = IdempotencyRegistry.builder().capacity(3).build();
      List<Outcome<String>> outcomes =
          Concurrently.threads(6).run(runner -> small.execute(id(), HOW, context -> "x")).values();
      assertThat(outcomes).filteredOn(Executed.class::isInstance).hasSizeLessThanOrEqualTo(3);
    }
  }

  @Test
  void execute_manyMutationsAtASteadyRate_forgetsAsFastAsItLearns() throws Exception {
    IdempotencyOptions<String> brief = HOW.toBuilder().retention(Duration.ofSeconds(10)).build();
    IdempotencyRegistry bounded =
        IdempotencyRegistry.builder().capacity(1_200).ticker(ticker).build();
    for (int i = 0; i < 20_000; i++) {
      assertThat(bounded.execute(id(), brief, context -> "x")).isInstanceOf(Executed.class);
      ticker.advance(Duration.ofMillis(10));
    }
    ticker.advance(Duration.ofSeconds(11));
    assertThat(bounded.purge(10_000).removed()).isLessThanOrEqualTo(1_200);
  }

  @Test
  void purge_differentRetentions_removesEachWhenItsTimeIsOver() throws Exception {
    List<Duration> retentions = new ArrayList<>();
    for (long millis = 20; millis < Duration.ofDays(4000).toMillis(); millis *= 3) {
      retentions.add(Duration.ofMillis(millis));
    }
    for (Duration retention : retentions) {
      registry.execute(id(), HOW.toBuilder().retention(retention).build(), context -> "x");
    }
    Duration passed = Duration.ZERO;
    for (Duration retention : retentions) {
      // Late by one bucket at most, which is 1/64 of the retention, or 17 ms.
      Duration over = retention.plus(retention.dividedBy(64)).plusMillis(17);
      ticker.advance(retention.minus(passed).minusNanos(1));
      assertThat(registry.purge(100).removed()).as("just before %s", retention).isZero();
      ticker.advance(over.minus(retention).plusNanos(1));
      assertThat(registry.purge(100).removed()).as("after %s", over).isOne();
      passed = over;
    }
  }

  @Test
  void purge_longRun_countsRetentionFromItsEnd() throws Exception {
    MutationId id = id();
    registry.execute(
        id,
        HOW.toBuilder().retention(Duration.ofHours(1)).build(),
        context -> {
          ticker.advance(Duration.ofHours(5));
          return "late";
        });
    ticker.advance(Duration.ofMinutes(59));
    assertThat(registry.purge(10).removed()).isZero();
    ticker.advance(Duration.ofMinutes(3));
    assertThat(registry.purge(10).removed()).isOne();
  }

  @Test
  void replay_tellsWhenByTheClockForPeople() throws Exception {
    MutationId id = id();
    registry.execute(id, HOW, context -> "x");
    assertThat(registry.execute(id, HOW, context -> "y"))
        .isEqualTo(new Replayed<>("x", true, WALL));
    assertThat(registry.find(id).orElseThrow().claimedAt()).isEqualTo(WALL);
  }

  @Test
  void capacity_lessThanOne_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> IdempotencyRegistry.builder().capacity(0))
        .withMessageContaining("capacity");
  }

  private static String failing(EffectContext context) throws IOException {
    throw new IOException("no");
  }
}
