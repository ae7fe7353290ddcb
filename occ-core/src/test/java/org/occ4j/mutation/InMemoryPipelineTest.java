/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.OutcomeUnknownException;
import org.occ4j.Tag;
import org.occ4j.change.ChangeFeed;
import org.occ4j.change.ChangeLog;
import org.occ4j.idempotency.IdempotencyRegistry;
import org.occ4j.idempotency.Outcome;
import org.occ4j.merge.Merger;
import org.occ4j.mutex.KeyedMutex;
import org.occ4j.store.VersionedStore;
import org.occ4j.testkit.MutationPipelineContract;
import org.occ4j.testkit.Note;

class InMemoryPipelineTest extends MutationPipelineContract {
  private final ChangeLog log = ChangeFeed.inMemory();
  private final VersionedStore<String, Note> store =
      VersionedStore.<String, Note>builder("note", KeyCodec.strings())
          .changes(log)
          .clock(InstantSource.system())
          .build();
  private final KeyedMutex<String> mutex = KeyedMutex.inMemory();
  private final IdempotencyRegistry registry = IdempotencyRegistry.inMemory();

  @Override
  protected MutationPipeline<String, Note> pipeline(Settings settings) {
    return MutationPipeline.inMemory(store)
        .registry(registry)
        .mutex(mutex)
        .merger(Note.MERGER)
        .turnTimeout(settings.turnTimeout())
        .inFlight(settings.inFlight())
        .build();
  }

  @Override
  protected MutationPipeline<String, Note> mergingPipeline() {
    return MutationPipeline.inMemory(store)
        .registry(registry)
        .mutex(mutex)
        .merger(Merger.records(Note.class))
        .mergeConflicts()
        .build();
  }

  @Override
  protected VersionedStore<String, Note> store() {
    return store;
  }

  @Override
  protected KeyedMutex<String> mutex() {
    return mutex;
  }

  @Override
  protected ChangeFeed feed() {
    return log;
  }

  @Test
  void apply_tagsOverAStoreThatRecordsNothing_isRefusedAndChangesNothing() {
    VersionedStore<String, Note> silent = VersionedStore.inMemory(KeyCodec.strings());
    Mutation<String, Note> tagged =
        Mutation.of(id(), "a", Expected.any(), Edit.set(new Note("t", "b")))
            .tags(Tag.of("notes"))
            .build();
    assertThatThrownBy(
            () -> MutationPipeline.inMemory(silent).registry(registry).build().apply(tagged))
        .isInstanceOf(IllegalStateException.class);
    assertThat(silent.get("a")).isEmpty();
    assertThat(registry.find(tagged.id())).isEmpty();
  }

  @Test
  void apply_withDefaults_works() throws Exception {
    MutationPipeline<String, Note> plain =
        MutationPipeline.inMemory(VersionedStore.<String, Note>inMemory(KeyCodec.strings()))
            .build();
    assertThat(
            plain.apply(
                Mutation.of(id(), "a", Expected.absent(), Edit.set(new Note("t", "b"))).build()))
        .isInstanceOf(MutationResult.Applied.class);
  }

  @Test
  void apply_fullRegistry_isRefusedForCapacity() throws Exception {
    MutationPipeline<String, Note> small =
        MutationPipeline.inMemory(store)
            .registry(IdempotencyRegistry.builder().capacity(1).build())
            .build();
    small.apply(Mutation.of(id(), "a", Expected.any(), Edit.set(new Note("t", "b"))).build());
    assertThat(
            small.apply(
                Mutation.of(id(), "b", Expected.any(), Edit.set(new Note("t", "b"))).build()))
        .isInstanceOfSatisfying(
            MutationResult.Refused.class,
            refused -> assertThat(refused.reason()).isEqualTo(Outcome.Reason.CAPACITY));
    assertThat(store.get("b")).isEmpty();
  }

  @Test
  void apply_forgottenMeanwhile_isOfUnknownOutcome() {
    MutationId id = id();
    Edit<Note> forgetting =
        current -> {
          registry.forget(id);
          return new Note("t", "b");
        };
    assertThatThrownBy(
            () -> pipeline().apply(Mutation.of(id, "a", Expected.any(), forgetting).build()))
        .isInstanceOf(OutcomeUnknownException.class);
  }

  @Test
  void turnTimeout_negative_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MutationPipeline.inMemory(store).turnTimeout(Duration.ofMillis(-1)))
        .withMessageContaining("turnTimeout");
  }
}
