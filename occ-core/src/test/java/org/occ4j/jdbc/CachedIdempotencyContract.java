/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.CodecException;
import org.occ4j.Fingerprint;
import org.occ4j.MutationId;
import org.occ4j.Ticker;
import org.occ4j.idempotency.Execution;
import org.occ4j.idempotency.Outcome;
import org.occ4j.jdbc.internal.registry.MutationRow;
import org.occ4j.testkit.Engine;

/** The same registry with a replay cache before its table keeps the same promises. */
abstract class CachedIdempotencyContract extends JdbcIdempotencyContract {
  private static final Execution<String> HOW = Execution.returning(Codec.strings());
  private static final Duration CACHED_FOR = Duration.ofMinutes(10);

  private final AtomicLong skipped = new AtomicLong();

  CachedIdempotencyContract(Engine engine) {
    super(engine);
  }

  @Override
  OccDatabaseBuilder settings(OccDatabaseBuilder builder) {
    Ticker skipping = () -> System.nanoTime() + skipped.get();
    return builder.replayCache(100, CACHED_FOR).ticker(skipping);
  }

  /** For the rows and for the nodes. */
  @Override
  protected void elapse(Duration time) throws SQLException {
    super.elapse(time);
    skipped.addAndGet(time.toNanos());
  }

  @Test
  void execute_forgottenOnAnotherNode_isReplayedNoLongerThanTheCacheKeeps() throws Exception {
    MutationId id = id();
    registry().execute(id, HOW, context -> "first");
    assertThat(registry().execute(id, HOW, context -> "x")).isInstanceOf(Outcome.Replayed.class);
    assertThat(there().idempotency().forget(id)).isTrue();
    assertThat(registry().execute(id, HOW, context -> "x"))
        .as("the price of the cache")
        .isInstanceOf(Outcome.Replayed.class);
    elapse(CACHED_FOR);
    assertThat(registry().execute(id, HOW, context -> "second"))
        .isEqualTo(new Outcome.Executed<>("second", 1));
  }

  @Test
  void execute_forgottenHere_runsAgain() throws Exception {
    MutationId id = id();
    registry().execute(id, HOW, context -> "first");
    assertThat(registry().execute(id, HOW, context -> "x")).isInstanceOf(Outcome.Replayed.class);
    assertThat(registry().forget(id)).isTrue();
    assertThat(registry().execute(id, HOW, context -> "second"))
        .isEqualTo(new Outcome.Executed<>("second", 1));
  }

  @Test
  void execute_cachedAnswer_isCheckedLikeARow() throws Exception {
    MutationId id = id();
    Execution<String> how = HOW.fingerprint(Fingerprint.of(new byte[] {1}));
    registry().execute(id, how, context -> "first");
    assertThat(registry().execute(id, how, context -> "x")).isInstanceOf(Outcome.Replayed.class);
    assertThat(there().idempotency().forget(id)).isTrue(); // So only the cache can answer now.
    assertThat(
            registry()
                .execute(id, HOW.fingerprint(Fingerprint.of(new byte[] {2})), context -> "other"))
        .isEqualTo(MutationRow.mismatch());
    assertThatThrownBy(
            () ->
                registry()
                    .execute(id, Execution.returning(Codec.bytes()), context -> new byte[] {1}))
        .isInstanceOf(CodecException.class);
  }
}
