/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.demo;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.occ4j.Expected;
import org.occ4j.Fingerprint;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.Tag;
import org.occ4j.Versioned;
import org.occ4j.cache.TaggedCache;
import org.occ4j.cache.jdbc.JdbcTaggedCache;
import org.occ4j.http.WriteRequest;
import org.occ4j.jdbc.JdbcVersionedStore;
import org.occ4j.jdbc.OccDatabase;
import org.occ4j.merge.Merger;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationPipeline;
import org.occ4j.mutation.MutationResult;
import org.occ4j.store.Page;
import org.occ4j.store.Scan;

/**
 * The tasks of the board: reads of the list through the tagged cache, writes through the pipeline.
 *
 * <p>A write takes its turn under {@code task:{id}} and drops the tags {@code task:{id}} and {@code
 * tasks}.
 */
final class Tasks implements AutoCloseable {

  /** Every list that is cached carries it. */
  private static final Tag ALL = Tag.of("tasks");

  private static final String STORE = "task";
  private static final int PAGE = 500;
  private static final int CACHED_LISTS = 1_000;

  private final JdbcVersionedStore<String, Task> store;
  private final MutationPipeline<String, Task> pipeline;
  private final TaggedCache<String, List<Page.Entry<String, Task>>> lists;

  Tasks(OccDatabase database) {
    this.store = database.store(STORE, KeyCodec.strings(), TaskJson.codec());
    this.pipeline =
        database.pipeline(store, TaskJson.codec()).merger(Merger.records(Task.class)).build();
    this.lists =
        JdbcTaggedCache.<String, List<Page.Entry<String, Task>>>builder("task-lists", database)
            .maximumSize(CACHED_LISTS)
            .expireAfterWrite(Duration.ofSeconds(30), Duration.ofSeconds(60))
            .build();
  }

  /** All tasks, in the order of their ids. */
  List<Map<String, @Nullable Object>> list() {
    List<Page.Entry<String, Task>> entries =
        lists.get(
            "all",
            (key, context) -> {
              context.tag(ALL);
              return readAll();
            });
    return entries == null
        ? List.of()
        : entries.stream().map(entry -> TaskJson.view(entry.key(), entry.state())).toList();
  }

  private List<Page.Entry<String, Task>> readAll() {
    List<Page.Entry<String, Task>> entries = new ArrayList<>();
    for (Scan<String> scan = Scan.all(PAGE); scan != null; ) {
      Page<String, Task> page = store.scan(scan);
      entries.addAll(page.entries());
      scan = page.next();
    }
    return List.copyOf(entries);
  }

  Optional<Versioned<Task>> get(String id) {
    return store.get(id);
  }

  MutationResult<Task> create(String id, WriteRequest request, TaskPatch patch)
      throws InterruptedException {
    return apply(id, request, "create", patch.canonical(), Edit.set(patch.applyTo(Task.BLANK)));
  }

  MutationResult<Task> change(String id, WriteRequest request, TaskPatch patch)
      throws InterruptedException {
    // What was deleted can be made again under its id, where the request says that it expects so.
    Edit<Task> edit =
        request.expected().equals(Expected.absent())
            ? Edit.set(patch.applyTo(Task.BLANK))
            : Edit.update(patch::applyTo);
    return apply(id, request, "change", patch.canonical(), edit);
  }

  MutationResult<Task> delete(String id, WriteRequest request) throws InterruptedException {
    return apply(id, request, "delete", "", Edit.delete());
  }

  private MutationResult<Task> apply(
      String id, WriteRequest request, String verb, String payload, Edit<Task> edit)
      throws InterruptedException {
    String canonical = String.join("\u001f", verb, id, expectedText(request.expected()), payload);
    return pipeline.apply(
        Mutation.of(request.id(), id, request.expected(), edit)
            .fingerprint(Fingerprint.of(canonical.getBytes(StandardCharsets.UTF_8)))
            .updatedBy(request.id().scope().principal())
            .tags(Tag.of(STORE, id), ALL)
            .build());
  }

  private static String expectedText(Expected expected) {
    return expected.toString();
  }

  /**
   * The id of the task that this mutation creates: the same whenever it is sent, so that a resent
   * creation meets the task that it made (a UUID of version 8, RFC 9562, from a hash of scope and
   * mutation id).
   */
  static String idOf(MutationId mutation) {
    String name =
        String.join(
            "\u001f",
            mutation.scope().tenant(),
            mutation.scope().principal(),
            mutation.clientMutationId().toString());
    ByteBuffer hash =
        ByteBuffer.wrap(
            java.util.HexFormat.of()
                .parseHex(Fingerprint.of(name.getBytes(StandardCharsets.UTF_8)).hex()));
    long high = (hash.getLong() & 0xffff_ffff_ffff_0fffL) | 0x8000L;
    long low = (hash.getLong() & 0x3fff_ffff_ffff_ffffL) | 0x8000_0000_0000_0000L;
    return new UUID(high, low).toString();
  }

  @Override
  public void close() {
    lists.close();
  }
}
