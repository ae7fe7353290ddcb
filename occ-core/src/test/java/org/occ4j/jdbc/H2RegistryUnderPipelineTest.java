/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.InstantSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.change.ChangeFeed;
import org.occ4j.change.ChangeLog;
import org.occ4j.merge.Merger;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationPipeline;
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutex.KeyedMutex;
import org.occ4j.store.VersionedStore;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.MutationPipelineContract;
import org.occ4j.testkit.Note;
import org.occ4j.testkit.TestDatabase;

/** The pipeline whose answers are kept as bytes, in a database. */
class H2RegistryUnderPipelineTest extends MutationPipelineContract {
  private final TestDatabase database = Engine.H2_MEMORY.server().newDatabase();
  private final ChangeLog log = ChangeFeed.inMemory();
  private final VersionedStore<String, Note> store =
      VersionedStore.<String, Note>builder("note", KeyCodec.strings())
          .changes(log)
          .clock(InstantSource.system())
          .build();
  private final KeyedMutex<String> mutex = KeyedMutex.inMemory();
  private OccDatabase node;

  @BeforeEach
  void open() {
    node = OccDatabase.builder(database.dataSource()).createSchema().open();
  }

  @AfterEach
  void close() {
    node.close();
  }

  @Override
  protected MutationPipeline<String, Note> pipeline(Settings settings) {
    return MutationPipeline.inMemory(store)
        .registry(node.idempotency())
        .answerCodec(Note.CODEC)
        .mutex(mutex)
        .merger(Note.MERGER)
        .turnTimeout(settings.turnTimeout())
        .inFlight(settings.inFlight())
        .build();
  }

  @Override
  protected MutationPipeline<String, Note> mergingPipeline() {
    return MutationPipeline.inMemory(store)
        .registry(node.idempotency())
        .answerCodec(Note.CODEC)
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
  void apply_withoutAnAnswerCodec_replaysThePresentStateAndAppliesNothing() throws Exception {
    MutationPipeline<String, Note> forgetful =
        MutationPipeline.inMemory(store).registry(node.idempotency()).build();
    Mutation<String, Note> mutation =
        Mutation.of(id(), "a", Expected.any(), Edit.set(new Note("t", "b"))).build();
    forgetful.apply(mutation);
    var later = stored("a", new Note("later", "b"));
    assertThat(forgetful.apply(mutation)).isEqualTo(new MutationResult.Applied<>(later, true));
    assertThat(store.get("a")).hasValue(later);
  }
}
