/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.occ4j.Expected;
import org.occ4j.StoreUnavailableException;
import org.occ4j.jdbc.internal.store.StoreDialect.Mode;
import org.occ4j.jdbc.internal.store.StoreDialect.Row;
import org.occ4j.jdbc.internal.store.StoreDialect.WriteOutcome;

/**
 * One commit: all its rows are locked and checked first, in one statement and in the order of their
 * keys so that two commits cannot wait for each other; then all writes are sent.
 *
 * <p>A key without a row cannot be locked. Where one must stay absent until the end (write skew), a
 * row of the library's own table is inserted and deleted again in the same transaction: whoever
 * inserts that key waits until it ends. An insert of a commit can therefore find that a rival was
 * faster; then everything is taken back to a savepoint and the commit begins again, which is what
 * makes it all or nothing inside the caller's transaction too.
 */
final class TableCommit<K> {

  /** Tries to commit keys that others create at the same time. */
  private static final int MAX_TRIES = 100;

  private final StoreDialect rows;
  private final LongSupplier floor;
  private final RowMapper<K, ?> format;
  private final TreeMap<byte[], Step<K>> steps = new TreeMap<>(Arrays::compareUnsigned);

  /** A commit of nothing yet. */
  TableCommit(StoreDialect rows, LongSupplier floor, RowMapper<K, ?> format) {
    this.rows = rows;
    this.floor = floor;
    this.format = format;
  }

  /**
   * What is to hold and to be done for one key.
   *
   * @param write the write where there is a row, or null for a read; where there is none a put
   *     becomes an insert
   */
  private record Step<K>(K key, Object rawKey, Expected expected, @Nullable RowWrite write) {

    /** Whether the key is to be absent and nothing is written that would hold it so. */
    boolean needsPlaceholder() {
      return expected == Expected.absent()
          && (write == null || write.kind() == RowWrite.Kind.DELETE);
    }
  }

  /** What became of it: refusals, or else what was written, by key. */
  record Result<K>(Map<K, Refusal> refusals, Map<K, Done> written) {}

  /** An expectation that does not hold, and the row that was there instead, if there was one. */
  record Refusal(Expected expected, @Nullable Row found) {}

  /** A write that was applied. */
  record Done(RowWrite write, WriteOutcome written) {}

  /** Adds: this must hold for a key that is not written. */
  void read(K key, byte[] bytes, Expected expected) {
    if (expected != Expected.any()) {
      add(bytes, new Step<>(key, format.rawKey(key, bytes), expected, null));
    }
  }

  /** Adds a write. */
  void write(K key, byte[] bytes, RowWrite write) {
    add(bytes, new Step<>(key, write.key(), write.expected(), write));
  }

  private void add(byte[] bytes, Step<K> step) {
    if (step.needsPlaceholder() && format.placeholder() == null) {
      throw new IllegalArgumentException(
          "a key cannot be held absent in a table of the application without writing it: "
              + step.key());
    }
    steps.put(bytes, step);
  }

  /** Checks everything and writes everything, in a transaction that somebody else ends. */
  Result<K> run(Connection connection) throws SQLException {
    requireHeld();
    for (int tries = 1; tries <= MAX_TRIES; tries++) {
      Map<byte[], Row> found = lock(connection);
      Map<K, Refusal> refusals = refusals(found);
      if (!refusals.isEmpty()) {
        return new Result<>(refusals, Map.of());
      }
      Map<K, Done> written = writeOrTakeBack(connection, found);
      if (written != null) {
        return new Result<>(Map.of(), written);
      }
      // A rival created a key between the lock and the insert; now its row can be locked.
      rows.layout.requirePossible(tries);
      rows.requireInsertable(connection, plan(found).writes(), floor);
    }
    throw new StoreUnavailableException("rivals kept creating a key", null);
  }

  /** The keys that are only read; none if nothing is written that could rest on them. */
  private List<Step<K>> held() {
    boolean writes = steps.values().stream().anyMatch(step -> step.write() != null);
    return writes
        ? steps.values().stream().filter(step -> step.write() == null).toList()
        : List.of();
  }

  private void requireHeld() {
    if (!rows.holdsWhatIsRead() && !held().isEmpty()) {
      throw new UnsupportedOperationException(
          "in a Galera cluster a commit in a table of the application cannot rest on a key that it"
              + " does not write: "
              + held().get(0).key());
    }
  }

  private Map<byte[], Row> lock(Connection connection) throws SQLException {
    List<Object> raw = steps.values().stream().map(Step::rawKey).toList();
    Map<byte[], Row> found = new TreeMap<>(Arrays::compareUnsigned);
    for (Row row : raw.isEmpty() ? List.<Row>of() : rows.lock(connection, raw)) {
      found.put(format.keyBytes(row.key()), row);
    }
    return found;
  }

  private Map<K, Refusal> refusals(Map<byte[], Row> found) {
    Map<K, Refusal> refusals = new LinkedHashMap<>();
    steps.forEach(
        (bytes, step) -> {
          Row row = found.get(bytes);
          if (!step.expected().holdsFor(row == null ? null : row.undecoded())) {
            refusals.put(step.key(), new Refusal(step.expected(), row));
          }
        });
    return refusals;
  }

  /** What was written, or null if an insert met a rival's row and everything was taken back. */
  private @Nullable Map<K, Done> writeOrTakeBack(Connection connection, Map<byte[], Row> found)
      throws SQLException {
    Plan<K> plan = plan(found);
    if (plan.writes().isEmpty()) {
      return Map.of();
    }
    Savepoint before = connection.setSavepoint();
    try {
      List<Object> held = new ArrayList<>();
      held().stream()
          .filter(step -> step.expected() != Expected.absent())
          .forEach(step -> held.add(step.rawKey()));
      rows.hold(connection, held);
      Map<K, Done> done = write(connection, plan);
      if (done == null) {
        connection.rollback(before);
      }
      connection.releaseSavepoint(before);
      return done;
    } catch (SQLException failure) {
      takeBack(connection, before, failure);
      throw failure;
    }
  }

  private static void takeBack(Connection connection, Savepoint before, SQLException reason) {
    try {
      connection.rollback(before);
    } catch (SQLException alsoBroken) {
      // The database has ended the transaction, savepoint and all, or the connection is gone.
      reason.addSuppressed(alsoBroken);
    }
  }

  /** The writes in the order of their keys, and last the removal of placeholders. */
  private record Plan<K>(List<RowWrite> writes, List<@Nullable K> keys) {
    void add(@Nullable K key, RowWrite write) {
      writes.add(write);
      keys.add(key);
    }
  }

  private Plan<K> plan(Map<byte[], Row> found) {
    Plan<K> plan = new Plan<>(new ArrayList<>(), new ArrayList<>());
    List<RowWrite> removals = new ArrayList<>();
    steps.forEach(
        (bytes, step) -> {
          RowWrite write = step.write();
          boolean exists = found.containsKey(bytes);
          if (write != null && exists) {
            plan.add(step.key(), write.as(write.kind(), Expected.present()));
          } else if (write != null && write.kind() == RowWrite.Kind.UPDATE) {
            plan.add(step.key(), write.as(RowWrite.Kind.INSERT, Expected.absent()));
          } else if (step.needsPlaceholder()) {
            plan.add(null, placeholder(step.rawKey(), RowWrite.Kind.INSERT));
            removals.add(placeholder(step.rawKey(), RowWrite.Kind.DELETE));
          }
        });
    removals.forEach(write -> plan.add(null, write));
    return plan;
  }

  private RowWrite placeholder(Object rawKey, RowWrite.Kind kind) {
    @Nullable Object[] values = Objects.requireNonNull(format.placeholder(), "refused by add");
    return new RowWrite(kind, rawKey, values, Expected.present(), null, null);
  }

  private @Nullable Map<K, Done> write(Connection connection, Plan<K> plan) throws SQLException {
    Map<K, Done> done = new LinkedHashMap<>();
    int at = 0;
    for (List<RowWrite> part : RowWrite.inParts(plan.writes())) {
      for (WriteOutcome written : rows.write(connection, part, floor, Mode.IN_TRANSACTION)) {
        K key = plan.keys().get(at);
        if (written.stamp() == null) {
          if (key != null && plan.writes().get(at).kind() != RowWrite.Kind.INSERT) {
            rows.layout.requireMade(0); // Nobody else can have touched the row: it is locked.
          }
          return null;
        }
        if (key != null) {
          done.put(key, new Done(plan.writes().get(at), written));
        }
        at++;
      }
    }
    return done;
  }
}
