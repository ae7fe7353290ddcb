/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.occ4j.Codec;
import org.occ4j.KeyCodec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A journal in one file: each change is appended and forced to the disk before it counts.
 *
 * <p>A record that a crash cut short is the last one; it is found by its length or its checksum,
 * cut off when the file is opened, and its bytes are set aside in a file beside it ({@code .torn}).
 * A record that does not fit its checksum and is not the last is no torn one: then nothing is
 * changed and opening fails. Two clients on one file are refused, in two processes and in one: a
 * file beside it ({@code .lock}) is locked for as long as the journal is open.
 *
 * <p>The file grows with every change, and is written anew, without what is settled, when it is
 * opened and whenever nothing is pending.
 *
 * <p>Instances are thread-safe.
 *
 * @param <K> the keys
 * @param <V> the values
 */
public final class FileEditJournal<K, V> implements EditJournal<K, V> {
  private static final Logger log = LoggerFactory.getLogger(FileEditJournal.class);

  /** What is appended before the file is written anew, while nothing is pending. */
  private static final long WORTH_CLEANING = 1 << 16;

  private final Path file;
  private final JournalRecords<K, V> records;
  private final FileChannel lockChannel;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Long, Entry<K, V>> entries = new TreeMap<>();
  private FileChannel channel;

  private FileEditJournal(
      Path file, JournalRecords<K, V> records, FileChannel lockChannel, FileChannel channel) {
    this.file = file;
    this.records = records;
    this.lockChannel = lockChannel;
    this.channel = channel;
  }

  /**
   * Opens the journal, and makes the file if there is none.
   *
   * @param keys writes the keys
   * @param values writes the values
   * @throws IllegalStateException if another client has it open, if it was written by other codecs,
   *     or if it is damaged elsewhere than at its end; the file is left as it is
   * @throws UncheckedIOException if the file system fails
   */
  public static <K, V> FileEditJournal<K, V> open(Path file, KeyCodec<K> keys, Codec<V> values) {
    Objects.requireNonNull(file, "file");
    JournalRecords<K, V> records = new JournalRecords<>(keys, values);
    try {
      FileChannel lockChannel = locked(file);
      try {
        FileChannel channel =
            FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        FileEditJournal<K, V> journal = new FileEditJournal<>(file, records, lockChannel, channel);
        try {
          journal.recover();
        } catch (IOException | RuntimeException | Error failed) {
          journal.channel.close();
          throw failed;
        }
        return journal;
      } catch (IOException | RuntimeException | Error failed) {
        lockChannel.close();
        throw failed;
      }
    } catch (IOException failed) {
      throw new UncheckedIOException("the journal " + file + " cannot be opened", failed);
    }
  }

  private static FileChannel locked(Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(
            beside(file, ".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileLock held;
    try {
      held = channel.tryLock();
    } catch (OverlappingFileLockException here) {
      held = null;
    }
    if (held == null) {
      channel.close();
      throw new IllegalStateException("another client has the journal " + file + " open");
    }
    return channel;
  }

  private static Path beside(Path file, String suffix) {
    return file.resolveSibling(file.getFileName() + suffix);
  }

  private void recover() throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
    int good = records.read(bytes, file, entries);
    if (good < bytes.limit()) {
      Path torn = beside(file, ".torn");
      Files.write(torn, java.util.Arrays.copyOfRange(bytes.array(), good, bytes.limit()));
      log.warn(
          "the end of {} was torn; {} bytes of it are in {}", file, bytes.limit() - good, torn);
    }
    rewrite();
  }

  /**
   * Replaces the file by one that holds only what is pending; a crash leaves the one or the other.
   */
  private void rewrite() throws IOException {
    Path fresh = beside(file, ".new");
    try (FileChannel out =
        FileChannel.open(
            fresh,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      write(out, records.header());
      for (Entry<K, V> entry : entries.values()) {
        write(out, records.put(entry));
      }
      out.force(true);
    }
    channel.close();
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
    channel.position(channel.size());
    forceDirectory();
  }

  private void forceDirectory() {
    Path directory = file.toAbsolutePath().getParent();
    try (FileChannel parent = FileChannel.open(directory, StandardOpenOption.READ)) {
      parent.force(true);
    } catch (IOException notOnThisSystem) {
      log.debug("the directory of {} cannot be forced to the disk", file, notOnThisSystem);
    }
  }

  @Override
  public List<Entry<K, V>> entries() {
    lock.lock();
    try {
      return List.copyOf(entries.values());
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void put(Entry<K, V> entry) {
    ByteBuffer record = records.put(entry);
    lock.lock();
    try {
      append(record, true);
      entries.put(entry.number(), entry);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void remove(long number) {
    lock.lock();
    try {
      if (entries.remove(number) == null) {
        return;
      }
      append(records.remove(number), false);
      if (entries.isEmpty() && channel.position() > WORTH_CLEANING) {
        rewrite();
      }
    } catch (IOException failed) {
      throw new UncheckedIOException("the journal " + file + " cannot be written", failed);
    } finally {
      lock.unlock();
    }
  }

  private void append(ByteBuffer record, boolean durable) {
    try {
      long end = channel.position();
      try {
        write(channel, record);
        if (durable) {
          channel.force(true);
        }
      } catch (IOException failed) {
        // Half a record must not stand before a whole one.
        channel.truncate(end);
        throw failed;
      }
    } catch (IOException failed) {
      throw new UncheckedIOException("the journal " + file + " cannot be written", failed);
    }
  }

  private static void write(FileChannel out, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      channel.close();
      lockChannel.close();
    } catch (IOException failed) {
      throw new UncheckedIOException("the journal " + file + " cannot be closed", failed);
    } finally {
      lock.unlock();
    }
  }
}
