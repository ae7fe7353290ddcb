/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.occ4j.Codec;
import org.occ4j.KeyCodec;
import org.occ4j.client.EditJournal.Entry;

/** What a put has kept is there whatever happens to the process, and nothing else is. */
class FileEditJournalTest {

  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void nameFile() {
    file = folder.resolve("edits");
  }

  private FileEditJournal<String, String> open() {
    return FileEditJournal.open(file, KeyCodec.strings(), Codec.strings());
  }

  private static Entry<String, String> entry(long number, String value) {
    return new Entry<>(number, new UUID(7, number), "42", 5L, "before", value, null, true);
  }

  @Test
  void put_andReopened_isThere() {
    Entry<String, String> creation =
        new Entry<>(2, UUID.randomUUID(), "é", null, null, "new", UUID.randomUUID(), false);
    Entry<String, String> deletion =
        new Entry<>(1, UUID.randomUUID(), "1", Long.MAX_VALUE, "x", null, null, true);
    try (var journal = open()) {
      assertThat(journal.entries()).isEmpty();
      journal.put(creation);
      journal.put(deletion);
    }
    try (var journal = open()) {
      assertThat(journal.entries()).containsExactly(deletion, creation);
    }
  }

  @Test
  void put_ofAKnownNumber_replaces_andRemove_drops() {
    try (var journal = open()) {
      journal.put(entry(1, "one"));
      journal.put(entry(1, "other"));
      journal.put(entry(2, "two"));
      journal.remove(2);
      journal.remove(3);
    }
    try (var journal = open()) {
      assertThat(journal.entries()).containsExactly(entry(1, "other"));
    }
  }

  @Test
  void tornTail_atEveryByte_losesThatRecordOnlyAndSetsItAside() throws IOException {
    long whole;
    try (var journal = open()) {
      journal.put(entry(1, "one"));
      whole = Files.size(file);
      journal.put(entry(2, "two"));
    }
    byte[] bytes = Files.readAllBytes(file);
    for (int length = (int) whole + 1; length < bytes.length; length++) {
      Files.write(file, Arrays.copyOf(bytes, length));
      try (var journal = open()) {
        assertThat(journal.entries()).as("of %s bytes", length).containsExactly(entry(1, "one"));
        journal.put(entry(3, "three"));
      }
      assertThat(folder.resolve("edits.torn"))
          .hasBinaryContent(Arrays.copyOfRange(bytes, (int) whole, length));
      try (var journal = open()) {
        assertThat(journal.entries()).containsExactly(entry(1, "one"), entry(3, "three"));
      }
    }
  }

  @Test
  void lastRecord_garbled_isTorn() throws IOException {
    try (var journal = open()) {
      journal.put(entry(1, "one"));
      journal.put(entry(2, "two"));
    }
    flip(Files.readAllBytes(file).length - 1);
    try (var journal = open()) {
      assertThat(journal.entries()).containsExactly(entry(1, "one"));
    }
  }

  @Test
  void recordInTheMiddle_garbled_isRefusedAndLeftAsItIs() throws IOException {
    int first;
    try (var journal = open()) {
      journal.put(entry(1, "one"));
      first = (int) Files.size(file);
      journal.put(entry(2, "two"));
    }
    flip(first - 1);
    byte[] before = Files.readAllBytes(file);

    assertThatThrownBy(this::open)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("damaged at byte");
    assertThat(file).hasBinaryContent(before);
  }

  private void flip(int at) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[at] ^= 1;
    Files.write(file, bytes);
  }

  @Test
  void anotherCodec_isRefused() {
    open().close();

    assertThatThrownBy(() -> FileEditJournal.open(file, KeyCodec.strings(), Codec.bytes()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("utf8/1");
  }

  @Test
  void secondClient_inThisProcess_isRefusedUntilTheFirstIsClosed() {
    try (var journal = open()) {
      assertThatThrownBy(this::open)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("another client");
      journal.put(entry(1, "one"));
    }
    try (var journal = open()) {
      assertThat(journal.entries()).hasSize(1);
    }
  }

  @Test
  void secondClient_inAnotherProcess_isRefused_andAKilledOneLeavesWhatItPut() throws Exception {
    Process other =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Holder.class.getName(),
                file.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      assertThat(other.inputReader().readLine()).isEqualTo("kept");
      assertThatThrownBy(this::open).hasMessageContaining("another client");
    } finally {
      other.destroyForcibly();
    }
    assertThat(other.waitFor(10, TimeUnit.SECONDS)).isTrue();
    try (var journal = open()) {
      assertThat(journal.entries()).containsExactly(entry(1, "one"));
    }
  }

  /** The other process. */
  static final class Holder {
    private Holder() {}

    public static void main(String[] args) throws Exception {
      var journal = FileEditJournal.open(Path.of(args[0]), KeyCodec.strings(), Codec.strings());
      journal.put(entry(1, "one"));
      System.out.println("kept");
      System.in.read();
      journal.close();
    }
  }

  @Test
  void nothingPending_fileDoesNotGrowForEver() throws IOException {
    try (var journal = open()) {
      for (int number = 1; number <= 3_000; number++) {
        journal.put(entry(number, "x".repeat(100)));
        journal.remove(number);
      }
      assertThat(Files.size(file)).isLessThan(100_000);
      journal.put(entry(9_999, "last"));
    }
    try (var journal = open()) {
      assertThat(journal.entries()).containsExactly(entry(9_999, "last"));
    }
  }

  @Test
  void emptyFile_asACrashRightAfterItsCreationLeavesIt_isEmpty() throws IOException {
    Files.write(file, new byte[0], StandardOpenOption.CREATE);
    try (var journal = open()) {
      assertThat(journal.entries()).isEqualTo(List.of());
    }
  }
}
