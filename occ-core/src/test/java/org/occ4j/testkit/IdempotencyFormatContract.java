/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.CodecException;
import org.occ4j.Fingerprint;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.IdempotencyRegistry;
import org.occ4j.idempotency.Outcome;

/**
 * What every registry promises of records that another release wrote: one that cannot be read, or
 * whose payload cannot be compared, is neither replayed nor run again.
 */
public abstract class IdempotencyFormatContract {
  private static final IdempotencyOptions<String> HOW =
      IdempotencyOptions.returning(Codec.strings());
  private static final byte[] PAYLOAD = "payload".getBytes(UTF_8);
  private static final Fingerprint SHA_256 = Fingerprint.of(PAYLOAD);

  /** The same digest under another name: no comparison of digests alone could tell. */
  private static final Fingerprint OTHER_ALGORITHM = new Fingerprint("blake3", SHA_256.hex());

  private final AtomicInteger runsAgain = new AtomicInteger();

  /** The registry under test, empty at the start of each test and the same within one. */
  protected abstract IdempotencyRegistry registry();

  @Test
  void execute_answerOfALaterVersionOfTheFormat_isNotMisreadAndRunsNothing() throws Exception {
    MutationId id = newId();
    IdempotencyOptions<String> later = IdempotencyOptions.returning(text("utf8/10"));
    registry().execute(id, later, context -> "text");

    assertCannotBeRead(id, IdempotencyOptions.returning(text("utf8/9")), "utf8/10");

    assertReplays(id, later, "text");
    assertReplays(id, IdempotencyOptions.returning(text("utf8/11")), "text");
  }

  @Test
  void execute_nullAnswerOfALaterVersionOfTheFormat_isNotMisreadEither() throws Exception {
    MutationId id = newId();
    registry().<String>execute(id, IdempotencyOptions.returning(text("utf8/2")), context -> null);
    assertCannotBeRead(id, HOW, "utf8/2");
  }

  @Test
  void execute_codecThatSaysItReadsTheOtherFormat_isAskedAndReplays() throws Exception {
    MutationId id = newId();
    registry().execute(id, IdempotencyOptions.returning(text("latin/7")), context -> "text");
    assertReplays(id, IdempotencyOptions.returning(readingAll()), "text");
  }

  @Test
  void execute_payloadByAnotherAlgorithm_isNeitherAMatchNorAMismatchAndRunsNothing()
      throws Exception {
    MutationId id = newId();
    registry().execute(id, HOW.toBuilder().fingerprint(SHA_256).build(), context -> "text");

    assertCannotBeRead(id, HOW.toBuilder().fingerprint(OTHER_ALGORITHM).build(), "blake3");

    assertReplays(id, HOW.toBuilder().fingerprint(SHA_256).build(), "text");
    assertReplays(id, HOW, "text");
  }

  @Test
  void execute_payloadByAnotherAlgorithmAfterAFailure_runsNothing() throws Exception {
    MutationId id = newId();
    assertThatThrownBy(
            () ->
                registry()
                    .<String>execute(
                        id,
                        HOW.toBuilder().fingerprint(OTHER_ALGORITHM).build(),
                        context -> {
                          throw new IllegalStateException("no");
                        }))
        .isInstanceOf(IllegalStateException.class);

    assertCannotBeRead(id, HOW.toBuilder().fingerprint(SHA_256).build(), "blake3");

    assertThat(
            registry()
                .execute(
                    id, HOW.toBuilder().fingerprint(OTHER_ALGORITHM).build(), context -> "text"))
        .isEqualTo(new Outcome.Executed<>("text", 2));
  }

  @Test
  void execute_payloadByAnotherAlgorithmWhileUnderWay_runsNothing() throws Exception {
    MutationId id = newId();
    registry()
        .execute(
            id,
            HOW.toBuilder().fingerprint(SHA_256).build(),
            context -> {
              Running<Outcome<String>> other =
                  Running.start(
                      () ->
                          registry()
                              .execute(
                                  id,
                                  HOW.toBuilder().fingerprint(OTHER_ALGORITHM).build(),
                                  inner -> ranAgain()));
              assertThatThrownBy(other::result).isInstanceOf(CodecException.class);
              return "text";
            });
    assertThat(runsAgain).hasValue(0);
    assertReplays(id, HOW.toBuilder().fingerprint(SHA_256).build(), "text");
  }

  private void assertCannotBeRead(MutationId id, IdempotencyOptions<String> how, String named) {
    assertThatThrownBy(() -> registry().execute(id, how, context -> ranAgain()))
        .isInstanceOf(CodecException.class)
        .hasMessageContaining(named);
    assertThat(runsAgain).hasValue(0);
  }

  private void assertReplays(MutationId id, IdempotencyOptions<String> how, String answer)
      throws Exception {
    assertThat(registry().execute(id, how, context -> ranAgain()))
        .isInstanceOfSatisfying(
            Outcome.Replayed.class, replayed -> assertThat(replayed.value()).isEqualTo(answer));
    assertThat(runsAgain).hasValue(0);
  }

  private String ranAgain() {
    return "run " + runsAgain.incrementAndGet();
  }

  private static Codec<String> text(String id) {
    return Codec.of(id, Codec.strings()::encode, Codec.strings()::decode);
  }

  private static Codec<String> readingAll() {
    Codec<String> utf8 = Codec.strings();
    return new Codec<>() {
      @Override
      public String id() {
        return utf8.id();
      }

      @Override
      public byte[] encode(String value) {
        return utf8.encode(value);
      }

      @Override
      public String decode(byte[] bytes) {
        return utf8.decode(bytes);
      }

      @Override
      public boolean reads(String writtenBy) {
        return true;
      }
    };
  }

  private static MutationId newId() {
    return new MutationId(new Scope("acme", "ada", "task.edit"), UUID.randomUUID());
  }
}
