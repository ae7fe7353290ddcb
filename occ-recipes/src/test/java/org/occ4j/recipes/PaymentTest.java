/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.recipes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.zaxxer.hikari.HikariDataSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.Fingerprint;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.idempotency.CrashPolicy;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.IdempotencyRegistry;
import org.occ4j.idempotency.Outcome;
import org.occ4j.jdbc.OccDatabase;

/** Money that leaves the house once, though requests and nodes come twice. */
class PaymentTest {
  private final HikariDataSource pool = Databases.pool();
  private OccDatabase db;

  @BeforeEach
  void open() {
    db = OccDatabase.builder(pool).createSchema().open();
  }

  @AfterEach
  void close() {
    db.close();
    pool.close();
  }

  /** The service that takes the money. It knows a key that it was given before. */
  private static final class Bank {
    final List<UUID> charged = new ArrayList<>();
    boolean refuses;

    String charge(UUID key, long cents) {
      if (refuses) {
        throw new IllegalStateException("card declined");
      }
      if (!charged.contains(key)) {
        charged.add(key);
      }
      return "receipt for " + cents;
    }
  }

  /** The recipe. */
  private static final class Payments {
    private final IdempotencyRegistry registry;
    private final Bank bank;

    Payments(IdempotencyRegistry registry, Bank bank) {
      this.registry = registry;
      this.bank = bank;
    }

    Outcome<String> pay(String user, String clientMutationId, long cents) throws Exception {
      IdempotencyOptions<String> how =
          IdempotencyOptions.builder(Codec.strings())
              .fingerprint(Fingerprint.of(("cents=" + cents).getBytes(UTF_8)))
              // A node that died after the call began may have paid: that is for a person.
              .onCrash(CrashPolicy.HOLD)
              .build();
      MutationId id = MutationId.parse(new Scope("acme", user, "payment"), clientMutationId);
      return registry.execute(
          id,
          how,
          context -> {
            context.externalCallStarting();
            // The same key in every attempt, so that the bank knows a repeated one.
            return bank.charge(context.downstreamKey("charge"), cents);
          });
    }
  }

  @Test
  void payment_sentTwice_isChargedOnceAndAnsweredTwice() throws Exception {
    Bank bank = new Bank();
    Payments payments = new Payments(db.idempotency(), bank);
    String id = UUID.randomUUID().toString();

    Outcome<String> first = payments.pay("ana", id, 500);
    Outcome<String> again = payments.pay("ana", id, 500);
    assertThat(((Outcome.Executed<String>) first).value()).isEqualTo("receipt for 500");
    assertThat(((Outcome.Replayed<String>) again).value()).isEqualTo("receipt for 500");
    assertThat(bank.charged).hasSize(1);
    assertThat(((Outcome.Refused<String>) payments.pay("ana", id, 900)).reason())
        .isEqualTo(Outcome.Reason.MISMATCH);
  }

  @Test
  void payment_declined_mayBeTriedAgain() throws Exception {
    Bank bank = new Bank();
    bank.refuses = true;
    Payments payments = new Payments(db.idempotency(), bank);
    String id = UUID.randomUUID().toString();

    assertThat(catchThrowable(() -> payments.pay("ana", id, 500))).hasMessage("card declined");
    bank.refuses = false;
    assertThat(payments.pay("ana", id, 500)).isInstanceOf(Outcome.Executed.class);
    assertThat(bank.charged).hasSize(1);
  }
}
