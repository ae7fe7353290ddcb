/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.recipes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.Fingerprint;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.Versioned;
import org.occ4j.http.HttpAnswer;
import org.occ4j.http.HttpContract;
import org.occ4j.http.ProblemType;
import org.occ4j.http.WriteRequest;
import org.occ4j.idempotency.CrashPolicy;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.IdempotencyRegistry;
import org.occ4j.idempotency.Outcome;
import org.occ4j.jdbc.OccDatabase;
import org.occ4j.mutation.Rejection;

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

    String charge(UUID key, long cents) throws Rejection {
      if (refuses) {
        throw new Rejection("declined", "The bank declined the card.");
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

    /** Its view is for states, of which a payment has none. */
    private final HttpContract<String> contract =
        HttpContract.<String>builder(Versioned::value).rejectionStatus("declined", 402).build();

    Payments(IdempotencyRegistry registry, Bank bank) {
      this.registry = registry;
      this.bank = bank;
    }

    /** The whole of a handler: a POST with an {@code Idempotency-Key}. */
    HttpAnswer post(Function<String, String> header, String user, long cents) throws Exception {
      Scope scope = new Scope("acme", user, "payment");
      return contract.execute(
          WriteRequest.readCreation(header, Map.of(), scope), asked -> pay(asked.id(), cents));
    }

    Outcome<String> pay(MutationId id, long cents) throws Exception {
      IdempotencyOptions<String> how =
          IdempotencyOptions.builder(Codec.strings())
              .fingerprint(Fingerprint.of(("cents=" + cents).getBytes(UTF_8)))
              // A node that died after the call began may have paid: that is for a person.
              .onCrash(CrashPolicy.HOLD)
              .build();
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

  private static HttpAnswer send(Payments payments, String key, long cents) throws Exception {
    return payments.post(Map.of("Idempotency-Key", key)::get, "ana", cents);
  }

  @Test
  void payment_sentTwice_isChargedOnceAndAnsweredTwice() throws Exception {
    Bank bank = new Bank();
    Payments payments = new Payments(db.idempotency(), bank);
    String key = UUID.randomUUID().toString();

    HttpAnswer first = send(payments, key, 500);
    HttpAnswer again = send(payments, key, 500);
    assertThat(first.status()).isEqualTo(201);
    assertThat(first.body()).isEqualTo("receipt for 500");
    assertThat(again).isEqualTo(first.withHeader("Idempotency-Replayed", "true"));
    assertThat(bank.charged).hasSize(1);
    assertThat(send(payments, key, 900).problem())
        .containsEntry("type", ProblemType.MUTATION_MISMATCH.urn());
  }

  @Test
  void payment_declined_mayBeTriedAgain() throws Exception {
    Bank bank = new Bank();
    bank.refuses = true;
    Payments payments = new Payments(db.idempotency(), bank);
    String key = UUID.randomUUID().toString();

    HttpAnswer declined = send(payments, key, 500);
    assertThat(declined.status()).isEqualTo(402);
    assertThat(declined.problem()).containsEntry("code", "declined");
    bank.refuses = false;
    assertThat(send(payments, key, 500).status()).isEqualTo(201);
    assertThat(bank.charged).hasSize(1);
  }
}
