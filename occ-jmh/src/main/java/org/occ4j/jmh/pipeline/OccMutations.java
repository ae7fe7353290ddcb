/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.pipeline;

import com.zaxxer.hikari.HikariDataSource;
import java.util.Objects;
import java.util.UUID;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.Fingerprint;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.Tag;
import org.occ4j.jdbc.JdbcMutationPipeline;
import org.occ4j.jdbc.JdbcVersionedStore;
import org.occ4j.jdbc.OccDatabase;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationResult;

/** This library's pipeline over its own table, with default settings. */
final class OccMutations implements Mutations {
  static final Scope SCOPE = new Scope("acme", "ada", "task.edit");
  static final Fingerprint FINGERPRINT = Fingerprint.of(Payload.zero());

  private static final Edit<byte[]> PLUS_ONE = Edit.update(Payload::plusOne);

  private final HikariDataSource pool;
  private final OccDatabase database;
  private final JdbcVersionedStore<String, byte[]> store;
  private final JdbcMutationPipeline<String, byte[]> pipeline;
  private final boolean audited;

  OccMutations(HikariDataSource pool, boolean audited) {
    this.pool = pool;
    this.database = OccDatabase.builder(pool).createSchema().open();
    this.store = database.store("task", KeyCodec.strings(), Codec.bytes());
    this.pipeline = database.pipeline(store, Codec.bytes()).build();
    this.audited = audited;
  }

  @Override
  public long create(String key) {
    return Objects.requireNonNull(store.put(key, Payload.zero(), Expected.absent()).orThrow())
        .version();
  }

  @Override
  public long apply(UUID id, String key, long expected) throws InterruptedException {
    Mutation<String, byte[]> mutation = mutation(id, key, expected);
    MutationResult<byte[]> result = audited ? applyAudited(mutation) : pipeline.apply(mutation);
    return versionOf(result);
  }

  static Mutation<String, byte[]> mutation(UUID id, String key, long expected) {
    Expected present = expected == ANY ? Expected.present() : Expected.version(expected);
    return Mutation.of(new MutationId(SCOPE, id), key, present, PLUS_ONE)
        .fingerprint(FINGERPRINT)
        .updatedBy("ada")
        .tags(Tag.of("task", key))
        .build();
  }

  private MutationResult<byte[]> applyAudited(Mutation<String, byte[]> mutation)
      throws InterruptedException {
    return pipeline.apply(
        mutation,
        (key, before, transaction) -> {
          AuditTable.insert(transaction, mutation.id().clientMutationId(), key);
          return mutation.edit().apply(before == null ? null : before.value());
        });
  }

  static long versionOf(MutationResult<byte[]> result) {
    if (result instanceof MutationResult.Applied<byte[]> applied && applied.current() != null) {
      return applied.current().version();
    }
    throw new IllegalStateException("not applied: " + result);
  }

  @Override
  public long count(String key) {
    return Payload.count(store.get(key).orElseThrow().value());
  }

  @Override
  public void close() {
    database.close();
    pool.close();
  }
}
