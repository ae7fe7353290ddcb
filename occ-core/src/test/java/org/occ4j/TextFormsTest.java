/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.BufferUnderflowException;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.occ4j.change.ChangeToken;
import org.occ4j.http.EntityTags;
import org.occ4j.testkit.NearlyRight;

/** What is read from a text or bytes that are nearly right: the same again, or a refusal. */
class TextFormsTest {
  private static final int ROUNDS = 20_000;
  private static final Scope SCOPE = new Scope("acme", "ana", "task.edit");
  private static final UUID ID = UUID.fromString("0b0e4a9e-52c1-4f3e-8a51-0a6f2c3b7d11");

  private final NearlyRight draw = new NearlyRight("texts");

  /** Whatever can be read is written as a text that is read as the same. */
  private <T> void readsTheSameAgain(
      Function<String, T> parse, Function<T, String> write, List<String> examples) {
    int taken = 0;
    for (int i = 0; i < NearlyRight.rounds(ROUNDS); i++) {
      String text = draw.text(examples);
      T read = unlessRefused(() -> parse.apply(text));
      if (read != null) {
        taken++;
        assertThat(parse.apply(write.apply(read))).as(text).isEqualTo(read);
      }
    }
    assertThat(taken).isBetween(ROUNDS / 20, NearlyRight.rounds(ROUNDS) - 1);
  }

  private static <T> @Nullable T unlessRefused(Supplier<T> parse) {
    try {
      return parse.get();
    } catch (IllegalArgumentException refused) {
      return null;
    }
  }

  @Test
  void changeTokens() {
    UUID incarnation = UUID.randomUUID();
    String token = new ChangeToken(incarnation, 42).toString();
    readsTheSameAgain(ChangeToken::parse, ChangeToken::toString, List.of(token));
  }

  @Test
  void mutationIds() {
    readsTheSameAgain(
        text -> MutationId.parse(SCOPE, text),
        id -> id.clientMutationId().toString(),
        List.of(ID.toString(), "order-4711", "a1b2c3d4"));
  }

  @Test
  void fingerprints() {
    String text = Fingerprint.of("payload".getBytes(UTF_8)).text();
    readsTheSameAgain(Fingerprint::parse, Fingerprint::text, List.of(text));
  }

  @Test
  void entityTags() {
    readsTheSameAgain(
        EntityTags::parse,
        tags ->
            tags.any()
                ? "*"
                : String.join(", ", tags.tags().stream().map(Object::toString).toList()),
        List.of("\"5\"", "W/\"5\"", "\"5-gzip\", \"6\"", "*", "7"));
  }

  @Test
  void tags() {
    List<String> examples = List.of("task:42", "acme:task:42", "a\\:b", "\\e:x", "\\u0000", "x\\h");
    readsTheSameAgain(Tag::of, Tag::name, examples);
    for (int i = 0; i < NearlyRight.rounds(ROUNDS); i++) {
      String id = draw.text(examples);
      Tag tag = Tag.of("task", id);
      assertThat(Tag.of(tag.name())).as(id).isEqualTo(tag);
      String other = draw.text(examples);
      assertThat(Tag.of("task", other).equals(tag))
          .as(id + " / " + other)
          .isEqualTo(id.equals(other));
    }
  }

  @Test
  void keyCodecs() {
    reversible(KeyCodec.strings(), List.of("task", "Äpfel", "😀"));
    reversible(KeyCodec.longs(), List.of("0", "-1", "9223372036854775807"));
    reversible(KeyCodec.uuids(), List.of(ID.toString()));
  }

  private <K> void reversible(KeyCodec<K> codec, List<String> examples) {
    List<byte[]> encoded = examples.stream().map(text -> codec.encode(codec.parse(text))).toList();
    for (int i = 0; i < NearlyRight.rounds(ROUNDS); i++) {
      String text = draw.text(examples);
      K key = unlessRefused(() -> codec.parse(text));
      byte @Nullable [] bytes = key == null ? null : unlessRefused(() -> codec.encode(key));
      if (bytes != null) {
        assertThat(codec.decode(bytes)).as(text).isEqualTo(key);
        assertThat(codec.parse(codec.text(key))).as(text).isEqualTo(key);
      }
      byte[] stored = draw.bytes(encoded);
      try {
        assertThat(codec.decode(stored)).isNotNull();
      } catch (BufferUnderflowException tooShort) {
        assertThat(stored.length).isLessThan(encoded.get(0).length);
      }
    }
  }
}
