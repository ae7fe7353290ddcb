/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcConnectionPool;
import org.jspecify.annotations.Nullable;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.OutcomeUnknownException;
import org.occ4j.StoreUnavailableException;
import org.occ4j.Versioned;
import org.occ4j.store.WriteResult;
import org.occ4j.testkit.Running;

/**
 * Writes until the database is gone, and keeps a journal of it, a line for each step:
 *
 * <pre>
 *   found KEY VERSION CONTENT     what was there when it began; version 0 if nothing was
 *   blind KEY VERSION CONTENT     nothing was found, and this a moment later
 *   try   KEY 0 CONTENT           a write of this content is sent; "-" deletes
 *   did   KEY VERSION CONTENT     it was acknowledged
 *   not   KEY 0 -                 it was surely not done
 *   lost  KEY 0 -                 it may have been done
 *   wrong KEY VERSION CONTENT     it was refused, though nobody else writes the key
 *   idle  KEY 0 -                 the thread of this key has written what it was to write
 * </pre>
 *
 * <p>Each key is written by one thread, so the lines of a key are in order.
 */
final class CrashWriter {
  static final int THREADS = 3;
  static final String NOTHING = "-";
  private static final int KEYS_EACH = 2;

  /** In front of each line, which sets it apart from what else the process prints. */
  static final String LINE = "journal ";

  private final JdbcVersionedStore<String, String> store;
  private final String round;
  private final Consumer<String> journal;

  private CrashWriter(
      JdbcVersionedStore<String, String> store, String round, Consumer<String> journal) {
    this.store = store;
    this.round = round;
    this.journal = journal;
  }

  /**
   * Writes until the database is gone.
   *
   * @param round in the contents, to tell them from those of other rounds
   * @param limit how many writes each thread makes
   */
  static void run(DataSource database, String round, int limit, Consumer<String> journal)
      throws Exception {
    try (OccDatabase node = OccDatabase.open(database)) {
      CrashWriter writer =
          new CrashWriter(node.store("crash", KeyCodec.strings(), Codec.strings()), round, journal);
      List<Running<Boolean>> threads = new ArrayList<>();
      for (int thread = 0; thread < THREADS; thread++) {
        threads.add(Running.start(writer.thread(thread, limit)));
      }
      for (Running<Boolean> thread : threads) {
        thread.result();
      }
    }
  }

  private Callable<Boolean> thread(int thread, int limit) {
    return () -> {
      Random random = new Random(31L * round.hashCode() + thread);
      List<@Nullable Versioned<String>> states = new ArrayList<>();
      for (int i = 0; i < KEYS_EACH; i++) {
        states.add(find(key(thread, i)));
      }
      for (int i = 0; i < limit; i++) {
        int at = random.nextInt(KEYS_EACH);
        boolean delete = random.nextInt(10) == 0;
        String content = delete ? NOTHING : round + "." + thread + "." + i;
        try {
          states.set(at, write(key(thread, at), states.get(at), content));
        } catch (StoreUnavailableException gone) {
          say("not", key(thread, at), null);
          return false;
        } catch (OutcomeUnknownException gone) {
          say("lost", key(thread, at), null);
          return false;
        }
      }
      say("idle", key(thread, 0), null);
      return true;
    };
  }

  private static String key(int thread, int number) {
    return "key" + thread + "." + number;
  }

  private @Nullable Versioned<String> find(String key) {
    Versioned<String> found = store.get(key).orElse(null);
    say("found", key, found);
    Versioned<String> again = found == null ? store.get(key).orElse(null) : null;
    if (again != null) {
      say("blind", key, again);
    }
    return found;
  }

  private @Nullable Versioned<String> write(
      String key, @Nullable Versioned<String> state, String content) {
    journal.accept(line("try", key, 0, content));
    Expected expected = state == null ? Expected.absent() : Expected.version(state.version());
    WriteResult<String> result =
        content.equals(NOTHING) ? store.delete(key, expected) : store.put(key, content, expected);
    say(result.isApplied() ? "did" : "wrong", key, result.current());
    return result.current();
  }

  private void say(String what, String key, @Nullable Versioned<String> state) {
    journal.accept(
        state == null
            ? line(what, key, 0, NOTHING)
            : line(what, key, state.version(), state.value()));
  }

  private static String line(String what, String key, long version, String content) {
    return String.format(Locale.ROOT, LINE + "%s %s %d %s", what, key, version, content);
  }

  /** A process that writes to an H2 file until it is killed. */
  public static void main(String[] arguments) throws Exception {
    JdbcConnectionPool pool = JdbcConnectionPool.create(arguments[0], arguments[1], arguments[2]);
    try (Connection open = pool.getConnection()) {
      String delay =
          Sql.text(
              open,
              "SELECT setting_value FROM information_schema.settings"
                  + " WHERE setting_name = 'WRITE_DELAY'");
      if (!delay.equals("0")) {
        throw new IllegalStateException("an acknowledged commit is not on disk: " + delay);
      }
      run(pool, arguments[3], Integer.parseInt(arguments[4]), System.out::println);
      Thread.currentThread().join(); // it waits to be killed
    }
  }
}
