/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.recipes;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import java.time.Duration;
import java.time.LocalDate;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.idempotency.EffectContext;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.IdempotencyRegistry;
import org.occ4j.idempotency.Outcome;
import org.occ4j.jdbc.OccDatabase;

/** A job that all nodes start each night, and one carries out. */
class NightlyJobTest {
  private final HikariDataSource pool = Databases.pool();
  private OccDatabase here;
  private OccDatabase there;

  @BeforeEach
  void open() {
    here = OccDatabase.builder(pool).createSchema().open();
    there = OccDatabase.open(pool);
  }

  @AfterEach
  void close() {
    here.close();
    there.close();
    pool.close();
  }

  /** The recipe: the period is the mutation's id, so it happens once in each. */
  static final class NightlyJob {
    private static final IdempotencyOptions<String> ONCE_A_NIGHT =
        IdempotencyOptions.builder(Codec.strings())
            // A node that dies is taken over after that, by whoever asks again: each node asks
            // every
            // minute until the night is done. A job that takes longer renews its claim between
            // steps,
            // or else runs beside another one.
            .lease(Duration.ofMinutes(10))
            .retention(Duration.ofDays(7)) // Longer than any node starts the job late.
            .build();

    private final IdempotencyRegistry registry;

    NightlyJob(IdempotencyRegistry registry) {
      this.registry = registry;
    }

    /** Carried out by one of those who ask; the others are told that, or what came of it. */
    Outcome<String> run(LocalDate night, Job job) throws Exception {
      MutationId id = MutationId.parse(new Scope("acme", "jobs", "clean-up"), "night-of-" + night);
      return registry.execute(id, ONCE_A_NIGHT, job::run);
    }
  }

  interface Job {
    /** Says what it did; calls {@code context.renewClaim()} between its steps. */
    String run(EffectContext context) throws Exception;
  }

  @Test
  void job_startedByTwoNodes_runsOnceEachNight() throws Exception {
    AtomicInteger runs = new AtomicInteger();
    Job job =
        context -> {
          context.renewClaim();
          return "cleaned " + runs.incrementAndGet();
        };
    LocalDate monday = LocalDate.of(2026, 3, 2);

    assertThat(new NightlyJob(here.idempotency()).run(monday, job))
        .isInstanceOf(Outcome.Executed.class);
    Outcome<String> second = new NightlyJob(there.idempotency()).run(monday, job);
    assertThat(second).isInstanceOf(Outcome.Replayed.class);
    assertThat(((Outcome.Replayed<String>) second).value()).isEqualTo("cleaned 1");
    assertThat(new NightlyJob(there.idempotency()).run(monday.plusDays(1), job))
        .isInstanceOf(Outcome.Executed.class);
    assertThat(runs).hasValue(2);
  }

  @Test
  void job_thatFails_isRunAgainByWhoeverAsksNext() throws Exception {
    LocalDate monday = LocalDate.of(2026, 3, 2);
    NightlyJob jobs = new NightlyJob(here.idempotency());
    Job failing =
        context -> {
          throw new java.io.IOException("disk full");
        };
    assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> jobs.run(monday, failing)))
        .hasMessage("disk full");
    assertThat(jobs.run(monday, context -> "done")).isInstanceOf(Outcome.Executed.class);
  }
}
