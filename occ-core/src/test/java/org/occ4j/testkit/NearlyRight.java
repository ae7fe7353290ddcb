/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Input that is nearly right: good examples with something left out, doubled, spliced or put in, as
 * broken clients and hostile ones send. Drawn by a seed, so that each run sends the same; {@code
 * -Docc.fuzz.seed} is another, {@code -Docc.fuzz.rounds} multiplies how much is sent.
 */
public final class NearlyRight {
  private static final long SEED = Long.getLong("occ.fuzz.seed", 1);
  private static final int ROUNDS = Integer.getInteger("occ.fuzz.rounds", 1);
  private static final int MOST_CHANGES = 4;

  /** What trips parsers: ends and escapes of formats, numbers at their limits, halves of pairs. */
  private static final List<String> AWKWARD =
      List.of(
          "",
          "\0",
          "\"",
          "\\",
          "'",
          ",",
          ";",
          ":",
          "%",
          "%00",
          "%s",
          "*",
          "W/",
          "-",
          "--",
          "/*",
          "../",
          "=",
          "{",
          "}",
          "[",
          "]",
          "\r\n",
          "\n",
          "\t",
          " ",
          "\u00A0",
          "\u200B",
          "\u202E",
          "\uFEFF",
          "é",
          "ß",
          "İ",
          "٣",
          "漢",
          "😀",
          "\uD83D",
          "\uDE00",
          "0",
          "-1",
          "007",
          "1e400",
          "NaN",
          "null",
          "true",
          "9223372036854775807",
          "9223372036854775808",
          "-9223372036854775809",
          "99999999999999999999999999",
          "+1000000000-12-31T23:59:59Z",
          "x".repeat(300),
          "9".repeat(5_000),
          "\"".repeat(5_000),
          ",".repeat(5_000));

  private final Random random;

  /** Draws by the seed and by what it is for, so that no two tests send the same. */
  public NearlyRight(String purpose) {
    this.random = new Random(SEED * 31 + purpose.hashCode());
  }

  /** How much to send where {@code usual} is enough for each build. */
  public static int rounds(int usual) {
    return usual * ROUNDS;
  }

  /** One of them, often changed in one to four places. */
  public String text(List<String> examples) {
    String text = any(examples);
    for (int changes = random.nextInt(MOST_CHANGES + 1); changes > 0; changes--) {
      text = changed(text, examples);
    }
    return text;
  }

  private String changed(String text, List<String> examples) {
    int from = random.nextInt(text.length() + 1);
    int to = from + random.nextInt(Math.min(8, text.length() - from + 1));
    String before = text.substring(0, from);
    String part = text.substring(from, to);
    String after = text.substring(to);
    return switch (random.nextInt(6)) {
      case 0 -> before + after;
      case 1 -> before + any(AWKWARD) + after;
      case 2 -> before + part + part + after;
      case 3 -> before + any(examples) + after;
      case 4 -> before + (char) random.nextInt(0x1_0000) + after;
      default -> before + any(AWKWARD) + part + after;
    };
  }

  /** The same for bytes, which need not be text. */
  public byte[] bytes(List<byte[]> examples) {
    byte[] bytes = any(examples).clone();
    for (int changes = random.nextInt(MOST_CHANGES + 1);
        changes > 0 && bytes.length > 0;
        changes--) {
      if (random.nextBoolean()) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      } else {
        bytes = java.util.Arrays.copyOf(bytes, random.nextInt(bytes.length + 4));
      }
    }
    return bytes;
  }

  /** A member of a JSON body as JSON libraries give it: a text like these, or of any other type. */
  public @Nullable Object member(List<String> examples) {
    return switch (random.nextInt(12)) {
      case 0 -> null;
      case 1 -> random.nextBoolean();
      case 2 -> random.nextLong();
      case 3 -> random.nextInt();
      case 4 -> random.nextBoolean() ? Double.NaN : random.nextGaussian() * 1e300;
      case 5 -> new BigInteger(80, random).negate();
      case 6 -> new BigDecimal(new BigInteger(40, random), random.nextInt(-2_000, 2_000));
      case 7 -> List.of(text(examples));
      case 8 -> Map.of(text(examples), 1);
      default -> text(examples);
    };
  }

  /** One of them. */
  public <T> T any(List<T> from) {
    return from.get(random.nextInt(from.size()));
  }

  /** Whether to do what is done so many times in a hundred. */
  public boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }
}
