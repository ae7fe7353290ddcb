/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.OutcomeUnknownException;
import org.occ4j.StoreUnavailableException;
import org.occ4j.idempotency.Outcome;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutation.MutationResult.Applied;
import org.occ4j.mutation.MutationResult.Refused;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.Running;

/** What becomes of mutations while they wait, besides what sharing promises: of no table. */
abstract class PipelineQueueContract extends PipelineCrowdContract {
  PipelineQueueContract(Engine engine) {
    super(engine);
  }

  @Test
  void apply_timeIsOverInTheQueue_doesNothing() throws Exception {
    JdbcMutationPipeline<String, String> pipeline = pipeline(here, 1);
    try (TakenPlace place = new TakenPlace(pipeline, "a")) {
      Mutation<String, String> late = mutation("a", Expected.any(), counting());
      assertThatThrownBy(() -> pipeline.apply(late, Duration.ofMillis(1)))
          .isInstanceOf(StoreUnavailableException.class);
      assertThat(((Applied<String>) place.end()).current().value()).isEqualTo("0");
      assertThat(((Applied<String>) pipeline.apply(late)).replayed()).isFalse();
    }
    assertThat(store.get("a").orElseThrow().value()).isEqualTo("1");
    assertThatThrownBy(
            () -> pipeline.apply(mutation("a", Expected.any(), counting()), Duration.ofMillis(-1)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void apply_timeIsOverUnderWay_isUnknownAndSettledByItsId() throws Exception {
    JdbcMutationPipeline<String, String> pipeline = pipeline(here, 1);
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    Mutation<String, String> passenger = mutation("a", Expected.any(), counting());
    Running<MutationResult<String>> sender;
    Running<MutationResult<String>> caller;
    try (TakenPlace place = new TakenPlace(pipeline, "a")) {
      sender =
          Running.start(
              () ->
                  pipeline.apply(
                      mutation(
                          "a",
                          Expected.any(),
                          current -> {
                            inside.countDown();
                            try {
                              go.await();
                            } catch (InterruptedException e) {
                              throw new IllegalStateException(e);
                            }
                            return current + "0";
                          })));
      TakenPlace.awaitWaiting(pipeline, 1);
      caller = Running.start(() -> pipeline.apply(passenger, Duration.ofSeconds(3)));
      TakenPlace.awaitWaiting(pipeline, 2);
      place.end();
      inside.await();
      assertThatThrownBy(caller::result).isInstanceOf(OutcomeUnknownException.class);
      go.countDown();
      sender.result();
    }
    assertThat(pipeline.apply(passenger)).isInstanceOf(Applied.class);
    assertThat(store.get("a").orElseThrow().value()).isEqualTo("1");
  }

  @Test
  void apply_queueIsFull_isRefusedWithATimeToComeAgain() throws Exception {
    JdbcMutationPipeline<String, String> pipeline =
        here.pipeline(store, Codec.strings()).statementsAtOnce(1).maxWaiting(0).build();
    try (TakenPlace place = new TakenPlace(pipeline, "a")) {
      assertThat(pipeline.apply(mutation("b", Expected.any(), counting())))
          .isInstanceOfSatisfying(
              Refused.class,
              refused -> {
                assertThat(refused.reason()).isEqualTo(Outcome.Reason.CAPACITY);
                assertThat(refused.retryAfter()).isPositive();
              });
      place.end();
    }
    assertThat(rows("occ_mutation")).isEqualTo(1);
  }
}
