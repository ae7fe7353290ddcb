/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.occ4j.testkit.Patience.await;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.occ4j.Expected;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationResult;
import org.occ4j.testkit.Running;

/** Holds a place of a pipeline by a mutation whose edit waits until it is told to go on. */
final class TakenPlace implements AutoCloseable {
  private final CountDownLatch inside = new CountDownLatch(1);
  private final CountDownLatch go = new CountDownLatch(1);
  private final JdbcMutationPipeline<String, String> pipeline;
  private final Running<MutationResult<String>> running;

  TakenPlace(JdbcMutationPipeline<String, String> pipeline, String key)
      throws InterruptedException {
    this(pipeline, key, "0");
  }

  /** The same with a mutation that stores this value. */
  TakenPlace(JdbcMutationPipeline<String, String> pipeline, String key, String value)
      throws InterruptedException {
    this.pipeline = pipeline;
    Edit<String> held =
        current -> {
          inside.countDown();
          try {
            go.await();
          } catch (InterruptedException ended) {
            throw new IllegalStateException(ended);
          }
          return value;
        };
    MutationId id = new MutationId(new Scope("acme", "ada", "note.edit"), UUID.randomUUID());
    Mutation<String, String> mutation = Mutation.of(id, key, Expected.any(), held).build();
    running = Running.start(() -> pipeline.apply(mutation));
    inside.await();
  }

  /** Carries mutations out after they have waited together for the place that this key has. */
  static List<Running<MutationResult<String>>> together(
      JdbcMutationPipeline<String, String> pipeline,
      String key,
      List<Mutation<String, String>> mutations)
      throws Exception {
    try (TakenPlace place = new TakenPlace(pipeline, key)) {
      List<Running<MutationResult<String>>> callers = place.lineUp(mutations);
      place.end();
      return callers;
    }
  }

  /** Starts a caller of each mutation, and returns when they wait behind this one in this order. */
  List<Running<MutationResult<String>>> lineUp(List<Mutation<String, String>> mutations) {
    List<Running<MutationResult<String>>> callers = new ArrayList<>();
    for (Mutation<String, String> mutation : mutations) {
      callers.add(Running.start(() -> pipeline.apply(mutation)));
      awaitWaiting(pipeline, callers.size());
    }
    return callers;
  }

  /** Returns when so many mutations wait. */
  static void awaitWaiting(JdbcMutationPipeline<String, String> pipeline, int count) {
    await().until(() -> ((TablePipeline<?, ?>) pipeline).waiting(), waits -> waits == count);
  }

  MutationResult<String> end() throws Exception {
    go.countDown();
    return running.result();
  }

  @Override
  public void close() {
    go.countDown();
  }
}
