/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.occ4j.Expected;
import org.occ4j.Fingerprint;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.Versioned;
import org.occ4j.change.ChangeFeed;
import org.occ4j.idempotency.InFlightPolicy;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationPipeline;
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutation.MutationResult.Applied;
import org.occ4j.mutex.KeyedMutex;
import org.occ4j.store.VersionedStore;
import org.occ4j.store.WriteResult;

/** A pipeline over a store of notes, as each subclass makes it, and what tests send through it. */
public abstract class PipelineFixture {
  private static final Scope SCOPE = new Scope("acme", "ada", "note.edit");
  static final Duration LONG = Duration.ofSeconds(60);
  static final Duration SHORT = Duration.ofMillis(30);
  static final Note DRAFT = new Note("title", "body");

  final AtomicInteger edits = new AtomicInteger();

  /**
   * What a test wants of a pipeline.
   *
   * @param turnTimeout how long to wait for the turn
   * @param inFlight what to do with a duplicate
   */
  protected record Settings(Duration turnTimeout, InFlightPolicy inFlight) {}

  /** A pipeline over {@link #store}, {@link #mutex} and {@link Note#MERGER}. */
  protected abstract MutationPipeline<String, Note> pipeline(Settings settings);

  /** A pipeline over {@link #store} that merges conflicts by the fields of a note. */
  protected abstract MutationPipeline<String, Note> mergingPipeline();

  /** The store under the pipelines, empty at the start, which records its changes. */
  protected abstract VersionedStore<String, Note> store();

  /** The mutex of the pipelines. */
  protected abstract KeyedMutex<String> mutex();

  /** The feed of the store. */
  protected abstract ChangeFeed feed();

  /** A pipeline with patience for its turn that refuses duplicates in flight. */
  protected final MutationPipeline<String, Note> pipeline() {
    return pipeline(new Settings(LONG, InFlightPolicy.reject()));
  }

  /** An id that no test has used. */
  protected static MutationId id() {
    return new MutationId(SCOPE, UUID.randomUUID());
  }

  /** The state after an unconditional write past the pipeline. */
  protected final Versioned<Note> stored(String key, Note value) {
    WriteResult<Note> written = store().put(key, value, Expected.any());
    return written.orThrow();
  }

  org.occ4j.mutation.MutationBuilder<String, Note> retitle(
      String key, Expected expected, String title) {
    UnaryOperator<Note> counted =
        note -> {
          edits.incrementAndGet();
          return note.title(title);
        };
    return Mutation.of(id(), key, expected, Edit.update(counted));
  }

  static Mutation<String, Note> set(String key, Expected expected, Note value) {
    return Mutation.of(id(), key, expected, Edit.set(value)).build();
  }

  CountingEdit incrementing() {
    return new CountingEdit(edits);
  }

  static Fingerprint print(String text) {
    return Fingerprint.of(text.getBytes(UTF_8));
  }

  /** The result, which must be applied. */
  protected static Applied<Note> applied(MutationResult<Note> result) {
    assertThat(result).isInstanceOf(Applied.class);
    return (Applied<Note>) result;
  }

  /** Adds one to the number in the title. */
  record CountingEdit(AtomicInteger edits) implements Edit<Note> {
    @Override
    public Note apply(@Nullable Note current) {
      edits.incrementAndGet();
      return current.title(String.valueOf(Integer.parseInt(current.title()) + 1));
    }
  }

  /** A thread inside the edit of a mutation, which goes on when it is told to. */
  final class Leader implements AutoCloseable {
    private final CountDownLatch go = new CountDownLatch(1);
    private final CountDownLatch inside = new CountDownLatch(1);
    private final MutationId id;
    private final String key;
    private final Running<MutationResult<Note>> outcome;

    Leader(MutationId id, String key) throws InterruptedException {
      this.id = id;
      this.key = key;
      this.outcome = Running.start(() -> pipeline().apply(duplicate()));
      assertThat(inside.await(60, SECONDS)).as("the leader edits").isTrue();
    }

    Mutation<String, Note> duplicate() {
      Edit<Note> held =
          current -> {
            edits.incrementAndGet();
            inside.countDown();
            try {
              go.await();
            } catch (InterruptedException ended) {
              throw new IllegalStateException(ended);
            }
            return DRAFT;
          };
      return Mutation.of(id, key, Expected.any(), held).build();
    }

    Applied<Note> finish() throws Exception {
      go.countDown();
      return applied(outcome.result());
    }

    @Override
    public void close() {
      go.countDown();
    }
  }
}
