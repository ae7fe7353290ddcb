/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.store;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.occ4j.Expected;
import org.occ4j.Tag;
import org.occ4j.Versioned;
import org.occ4j.change.Change;
import org.occ4j.change.ChangeDraft;
import org.occ4j.store.AtomicWrite.Replacement;

/** One attempt of a commit: reads every key, and replaces all if nothing came between. */
final class CommitAttempt<K, V> {
  private final CellTable<K, V> table;
  private final Committer<K> line;
  private final VersionAssigner states;
  private final @Nullable String updatedBy;
  private final Set<Tag> tags;
  private final Commit<K, V> commit;

  private final List<Replacement> replacements = new ArrayList<>();
  private final List<Cell<K, V>> vacant = new ArrayList<>();
  private final List<Cell<K, V>> doomed = new ArrayList<>();
  private final List<ChangeDraft> drafts = new ArrayList<>();
  private final Map<K, Versioned<V>> written = new LinkedHashMap<>();
  private final Map<K, WriteResult.Conflict<V>> conflicts = new LinkedHashMap<>();

  CommitAttempt(
      CellTable<K, V> table,
      Committer<K> line,
      VersionAssigner states,
      @Nullable String updatedBy,
      Set<Tag> tags,
      Commit<K, V> commit) {
    this.table = table;
    this.line = line;
    this.states = states;
    this.updatedBy = updatedBy;
    this.tags = tags;
    this.commit = commit;
  }

  /** The result, or null if a rival came between and all has to be read again. */
  @Nullable CommitResult<K, V> run() {
    try {
      commit.reads().forEach(this::read);
      commit.writes().values().forEach(this::write);
      if (!conflicts.isEmpty()) {
        return new CommitResult.Conflicted<>(conflicts);
      }
      return replaceAll();
    } finally {
      vacant.forEach(table::removeIfVacant);
    }
  }

  private @Nullable CommitResult<K, V> replaceAll() {
    // MULTICAS-3: byte order, the same for everybody.
    replacements.sort(Comparator.comparing(one -> one.cell().bytes, Arrays::compareUnsigned));
    AtomicWrite decision = new AtomicWrite(replacements);
    CommitResult<K, V> applied = line.commit(decision::finish, drafts, written);
    if (applied != null) {
      doomed.forEach(table::remove);
    }
    return applied;
  }

  private void read(K key, Expected expected) {
    Found<K, V> found = find(key, expected);
    if (found != null) {
      keep(found);
    }
  }

  private void write(Write<K, V> write) {
    Found<K, V> found = find(write.key(), write.expected());
    if (found == null) {
      return;
    }
    if (write instanceof Write.Put<K, V> put) {
      put(found, put.value());
    } else if (found.state() == null) {
      keep(found);
    } else {
      delete(found, found.state());
    }
  }

  /** Holds the key as it is, so that the commit fails if it changes before. */
  private void keep(Found<K, V> found) {
    replacements.add(new Replacement(found.cell(), found.contents(), found.contents()));
  }

  private void put(Found<K, V> found, V value) {
    K key = found.cell().key;
    Versioned<V> current = found.state();
    Versioned<V> next =
        current == null
            ? states.first(value, table.floor(key), updatedBy)
            : states.after(current, value, updatedBy);
    replacements.add(new Replacement(found.cell(), found.contents(), next));
    written.put(key, next);
    record(key, Change.Kind.PUT, next.version());
  }

  private void delete(Found<K, V> found, Versioned<V> current) {
    K key = found.cell().key;
    table.raiseFloor(key, current);
    replacements.add(new Replacement(found.cell(), current, Cell.DEAD));
    doomed.add(found.cell());
    record(key, Change.Kind.DELETE, current.version());
  }

  private void record(K key, Change.Kind kind, long version) {
    if (line.isRecorded()) {
      drafts.add(line.draft(key, kind, version, updatedBy, tags));
    }
  }

  /** The key's cell and contents if the expectation holds, else null and the conflict is noted. */
  private @Nullable Found<K, V> find(K key, Expected expected) {
    Cell<K, V> cell = table.findOrMake(key);
    Object contents = cell.settle();
    while (contents == Cell.DEAD) {
      table.remove(cell);
      cell = table.findOrMake(key);
      contents = cell.settle();
    }
    if (contents == Cell.VACANT) {
      // Also an absent key needs a cell, or nothing would keep a rival from creating it meanwhile.
      vacant.add(cell);
    }
    Versioned<V> state = Cell.stateIn(contents);
    if (!expected.holdsFor(state)) {
      conflicts.put(key, new WriteResult.Conflict<>(expected, state));
      return null;
    }
    return new Found<>(cell, contents, state);
  }

  private record Found<K, V>(Cell<K, V> cell, Object contents, @Nullable Versioned<V> state) {}
}
