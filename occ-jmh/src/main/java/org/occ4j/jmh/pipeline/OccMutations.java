/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.pipeline;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.SQLException;
import java.util.Objects;
import java.util.UUID;
import org.occ4j.Expected;
import org.occ4j.Fingerprint;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.Tag;
import org.occ4j.jdbc.JdbcMutationPipeline;
import org.occ4j.jdbc.JdbcVersionedStore;
import org.occ4j.jdbc.OccDatabase;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationResult;
import org.occ4j.testkit.TestDatabase;

/** This library's pipeline over its own table, or a mapped one, with default settings. */
final class OccMutations<V> implements Mutations {
  static final Scope SCOPE = new Scope("acme", "ada", "task.edit");
  static final Fingerprint FINGERPRINT = Fingerprint.of(Payload.zero());

  private final HikariDataSource pool;
  private final OccDatabase database;
  private final RowShape<V> rows;
  private final Edit<V> plusOne;
  private final JdbcVersionedStore<String, V> store;
  private final JdbcMutationPipeline<String, V> pipeline;
  private final boolean audited;

  OccMutations(TestDatabase direct, HikariDataSource pool, RowShape<V> rows, boolean audited)
      throws SQLException {
    this.pool = pool;
    this.rows = rows;
    this.plusOne = Edit.update(rows::plusOne);
    this.database = OccDatabase.builder(pool).createSchema().open();
    this.store = rows.store(database, direct);
    this.pipeline = database.pipeline(store, rows.codec()).build();
    this.audited = audited;
  }

  @Override
  public long create(String key) {
    return Objects.requireNonNull(store.put(key, rows.zero(), Expected.absent()).orThrow())
        .version();
  }

  @Override
  public long apply(UUID id, String key, long expected) throws InterruptedException {
    Mutation<String, V> mutation = mutation(id, key, expected);
    MutationResult<V> result = audited ? applyAudited(mutation) : pipeline.apply(mutation);
    return versionOf(result);
  }

  private Mutation<String, V> mutation(UUID id, String key, long expected) {
    Expected present = expected == ANY ? Expected.present() : Expected.version(expected);
    return Mutation.of(new MutationId(SCOPE, id), key, present, plusOne)
        .fingerprint(FINGERPRINT)
        .updatedBy("ada")
        .tags(Tag.of("task", key))
        .build();
  }

  private MutationResult<V> applyAudited(Mutation<String, V> mutation) throws InterruptedException {
    return pipeline.apply(
        mutation,
        (key, before, transaction) -> {
          AuditTable.insert(transaction, mutation.id().clientMutationId(), key);
          return mutation.edit().apply(before == null ? null : before.value());
        });
  }

  private static <V> long versionOf(MutationResult<V> result) {
    if (result instanceof MutationResult.Applied<V> applied && applied.current() != null) {
      return applied.current().version();
    }
    throw new IllegalStateException("not applied: " + result);
  }

  @Override
  public long count(String key) {
    return rows.count(store.get(key).orElseThrow().value());
  }

  @Override
  public void close() {
    database.close();
    pool.close();
  }
}
