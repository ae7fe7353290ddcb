/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.pipeline;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.occ4j.DataRejectedException;
import org.occ4j.Expected;
import org.occ4j.OutcomeUnknownException;
import org.occ4j.SchemaException;
import org.occ4j.StoreUnavailableException;
import org.occ4j.change.ChangeToken;
import org.occ4j.jdbc.internal.DuplicateException;
import org.occ4j.jdbc.internal.pipeline.PipelineDialect.Found;
import org.occ4j.jdbc.internal.pipeline.PipelineDialect.Group;
import org.occ4j.jdbc.internal.pipeline.PipelineDialect.GroupOutcome;
import org.occ4j.jdbc.internal.pipeline.PipelineDialect.LockWait;
import org.occ4j.jdbc.internal.pipeline.PipelineDialect.Probe;
import org.occ4j.jdbc.internal.pipeline.PipelineDialect.Step;
import org.occ4j.jdbc.internal.pipeline.PipelineRun.Attempt;
import org.occ4j.jdbc.internal.pipeline.PipelineRun.Known;
import org.occ4j.jdbc.internal.pipeline.PipelineRun.LockedOutException;
import org.occ4j.jdbc.internal.registry.ConcurrentAttemptException;
import org.occ4j.jdbc.internal.store.RowWrite;
import org.occ4j.jdbc.internal.store.StoreDialect.Row;
import org.occ4j.jdbc.internal.store.StoreDialect.RowVersion;

/**
 * Carries out the mutations that one sender has taken, together where that is plain and else one by
 * one. Of each key the edits run one after the other, each on what the one before it made, and one
 * statement writes the last state, all the answers and all the changes.
 *
 * <ul>
 *   <li><b>BATCH-1</b> A mutation is told {@code Applied} or {@code Rejected} only when the write
 *       of its group was done, which was made for the state that it was judged on.
 *   <li><b>BATCH-2</b> Whatever is not plain (a conflict, an edit that fails, a replay, a duplicate
 *       in the group, a constraint) is taken out and carried out alone; it was not done before. In
 *       a table of the application a second mutation of one key waits for the next statement,
 *       unless rows may be written once: of each it has to be read back what the database made of
 *       the values.
 *   <li><b>BATCH-3</b> Groups that share a statement are in the order of their keys, so that two
 *       nodes cannot wait for each other's rows.
 *   <li><b>BATCH-4</b> Where others wait for the answer, a statement waits for a row's lock {@link
 *       PipelineDialect.LockWait#BRIEF briefly}. If that is not enough, nothing of it was done, and
 *       what is left of the batch is handed back, each to its own caller, who waits alone.
 * </ul>
 */
public final class PipelineBatch<K, V> {

  /** So many keys share a statement; a driver keeps a prepared form for each number of them. */
  private static final int MAX_GROUPS = 16;

  private final PipelineRun<K, V> run;
  private final SqlEditRun<K, V> edits;

  /** Batches of mutations that these carry out. */
  public PipelineBatch(PipelineRun<K, V> run, SqlEditRun<K, V> edits) {
    this.run = run;
    this.edits = edits;
  }

  /**
   * Settles each request, or hands it back.
   *
   * @return those that are handed back (BATCH-4); none of a single one
   */
  public List<PipelineRequest<K, V>> carryOut(List<PipelineRequest<K, V>> requests) {
    if (requests.size() == 1) {
      carryOutAlone(requests.get(0));
      return List.of();
    }
    if (!run.sharesStatements()) {
      return requests; // Each is a transaction of several statements, which wait as they do.
    }
    try {
      carryOutOfMany(requests);
      return List.of();
    } catch (LockedOutException lockedOut) {
      return requests.stream().filter(PipelineRequest::isOpen).toList();
    }
  }

  private void carryOutAlone(PipelineRequest<K, V> request) {
    try {
      StatementEdit<K, V> edit = request.sqlEdit();
      request.settle(edit == null ? run.carryOutAlone(request) : edits.carryOut(request, edit));
    } catch (Throwable failure) { // It is its caller's, whose thread this need not be.
      request.fail(failure);
    }
  }

  private void carryOutOfMany(List<PipelineRequest<K, V>> requests) {
    carryOutTogether(requests);
    for (PipelineRequest<K, V> request : requests) {
      if (request.isOpen()) {
        carryOutOneOfMany(request);
      }
    }
  }

  private void carryOutOneOfMany(PipelineRequest<K, V> request) {
    try {
      request.settle(run.carryOut(request, LockWait.BRIEF));
    } catch (LockedOutException lockedOut) {
      throw lockedOut;
    } catch (Throwable failure) { // It is its caller's, whose thread this need not be.
      request.fail(failure);
    }
  }

  /**
   * Mutations whose rows were not as this node knew them go together once more, and those for which
   * there was no room as often as it takes.
   */
  private void carryOutTogether(List<PipelineRequest<K, V>> requests) {
    try {
      List<PipelineRequest<K, V>> left = writeTogether(requests);
      int before = requests.size() + 1;
      while (left.size() > 1 && left.size() < before && run.sharesStatements()) {
        before = left.size();
        left = writeTogether(left);
      }
    } catch (StoreUnavailableException notRead) {
      requests.stream().filter(PipelineRequest::isOpen).forEach(one -> one.fail(notRead));
    }
  }

  /**
   * Returns the mutations that found a row changed, of which what was known is forgotten, and those
   * for which there was no room.
   */
  private List<PipelineRequest<K, V>> writeTogether(List<PipelineRequest<K, V>> requests) {
    List<PipelineRequest<K, V>> outdated = new ArrayList<>();
    Set<PipelineRequest<K, V>> left = new HashSet<>();
    for (List<Gathered> chunk : chunks(gather(requests, left))) {
      write(chunk, outdated);
    }
    outdated.forEach(request -> run.carried.drop(request.keyBytes));
    left.addAll(outdated);
    return requests.stream().filter(left::contains).toList();
  }

  // Gathering.

  /** The mutations of one key that go together. */
  private final class Gathered {
    final List<PipelineRequest<K, V>> requests = new ArrayList<>();
    final List<Attempt<V>> attempts = new ArrayList<>();
    long bytes;
    boolean isFull;

    /** Whether one is to go alone, which those behind it must not overtake by a later statement. */
    boolean passesOver;

    boolean add(PipelineRequest<K, V> request, Known state) {
      Attempt<V> attempt = attemptOrNone(request, state);
      if (attempt == null) {
        return false;
      }
      boolean isFirst = attempts.isEmpty();
      Step step = attempt.step();
      boolean endsKey = step.write().kind() == RowWrite.Kind.DELETE;
      long more = run.dialect.bytesOf(step);
      isFull = !isFirst && bytes + more > run.dialect.sharedBytes();
      if (isFull || (!isFirst && (endsKey || !isLike(step)))) {
        return false;
      }
      requests.add(request);
      attempts.add(attempt);
      bytes += more;
      // The row of an insert is alone in its statement, for its version may be chosen again.
      boolean makesKey = step.write().kind() == RowWrite.Kind.INSERT;
      isFull =
          !run.sharesKeys()
              || endsKey
              || makesKey
              || attempts.get(0).step().checks()
              || bytes > run.dialect.sharedBytes();
      return true;
    }

    private boolean isLike(Step other) {
      return other.checks()
          || (attempts.get(0).step().write().change() == null) == (other.write().change() == null);
    }

    /** The state that the last write leaves; its version is known only when it is written. */
    Known after() {
      Row row = null;
      for (int i = 0; i < attempts.size(); i++) {
        if (!attempts.get(i).step().checks()) {
          row = requests.get(i).rowAfter(attempts.get(i).step(), PipelineDialect.UNSTAMPED, null);
        }
      }
      return Known.made(row);
    }

    Group group() {
      return new Group(attempts.stream().map(Attempt::step).toList());
    }

    /** Whether it is one update, as most are; such share a statement. */
    boolean isPlain() {
      Step step = attempts.get(0).step();
      return attempts.size() == 1
          && !step.checks()
          && step.write().kind() == RowWrite.Kind.UPDATE
          && step.write().expected() instanceof Expected.Version;
    }
  }

  private List<Gathered> gather(
      List<PipelineRequest<K, V>> requests, Set<PipelineRequest<K, V>> noRoom) {
    Map<byte[], Known> states = read(requests);
    Map<byte[], Gathered> byKey = new TreeMap<>(Arrays::compareUnsigned); // BATCH-3
    for (PipelineRequest<K, V> request : requests) {
      if (request.isOpen()) {
        Gathered gathered = byKey.computeIfAbsent(request.keyBytes, key -> new Gathered());
        if (!gather(request, gathered, states.getOrDefault(request.keyBytes, Known.NOTHING))) {
          boolean waits = gathered.isFull && expectsNoVersion(request) && !gathered.passesOver;
          if (waits) {
            noRoom.add(request);
          } else {
            gathered.passesOver = true;
          }
        }
      }
    }
    return byKey.values().stream().filter(gathered -> !gathered.requests.isEmpty()).toList();
  }

  private boolean gather(PipelineRequest<K, V> request, Gathered gathered, Known start) {
    if (gathered.requests.isEmpty()) {
      boolean plain = !run.mustRead(request, start) && start.seen == null;
      return plain && (!start.known || request.holds(start.row)) && gathered.add(request, start);
    }
    return !gathered.isFull && expectsNoVersion(request) && gathered.add(request, gathered.after());
  }

  private boolean expectsNoVersion(PipelineRequest<K, V> request) {
    return request.expected == Expected.any() || request.expected == Expected.present();
  }

  private @Nullable Attempt<V> attemptOrNone(PipelineRequest<K, V> request, Known state) {
    try {
      return run.attempt(request, state);
    } catch (RuntimeException failure) {
      return null; // It fails again where it is alone, and is told then (BATCH-2).
    }
  }

  /** What is known of the keys, after one statement has read those that must be read. */
  private Map<byte[], Known> read(List<PipelineRequest<K, V>> requests) {
    Map<byte[], Known> states = new TreeMap<>(Arrays::compareUnsigned);
    List<PipelineRequest<K, V>> unknown = new ArrayList<>();
    for (PipelineRequest<K, V> request : requests) {
      if (!states.containsKey(request.keyBytes)) {
        Known state = Known.carried(run.carried.find(request.keyBytes));
        states.put(request.keyBytes, state);
        if (run.mustRead(request, state)) {
          unknown.add(request);
        }
      }
    }
    for (List<PipelineRequest<K, V>> part :
        inParts(unknown, request -> run.dialect.bytesOf(probe(request)))) {
      read(part, states);
    }
    return states;
  }

  private Probe probe(PipelineRequest<K, V> request) {
    return new Probe(request.mutation.id(), request.rawKey);
  }

  private void read(List<PipelineRequest<K, V>> unknown, Map<byte[], Known> states) {
    List<Probe> probes = unknown.stream().map(this::probe).toList();
    List<Found> found =
        run.transactions.reading(connection -> run.dialect.findAll(connection, probes));
    for (int i = 0; i < found.size(); i++) {
      PipelineRequest<K, V> request = unknown.get(i);
      run.remember(request.keyBytes, found.get(i).row());
      if (run.isSettled(request, found.get(i).mutation())) {
        settle(request, found.get(i));
      }
      states.put(request.keyBytes, Known.read(found.get(i)));
    }
  }

  private void settle(PipelineRequest<K, V> request, Found found) {
    try {
      request.settle(request.decided(found.mutation()));
    } catch (RuntimeException failure) {
      request.fail(failure); // The codec does not read the stored answer.
    }
  }

  // Writing.

  private List<List<Gathered>> chunks(List<Gathered> gathered) {
    List<List<Gathered>> chunks =
        inParts(gathered.stream().filter(Gathered::isPlain).toList(), one -> one.bytes);
    gathered.stream().filter(one -> !one.isPlain()).forEach(one -> chunks.add(List.of(one)));
    return chunks;
  }

  /** Runs of these that share a statement each, in their order. */
  private <T> List<List<T>> inParts(List<T> all, ToLongFunction<T> bytesOf) {
    List<List<T>> parts = new ArrayList<>();
    List<T> open = new ArrayList<>();
    long bytes = 0;
    for (T one : all) {
      long more = bytesOf.applyAsLong(one);
      boolean full = open.size() == MAX_GROUPS || bytes + more > run.dialect.sharedBytes();
      if (open.isEmpty() || full) {
        open = new ArrayList<>();
        parts.add(open);
        bytes = 0;
      }
      open.add(one);
      bytes += more;
    }
    return parts;
  }

  private void write(List<Gathered> chunk, List<PipelineRequest<K, V>> outdated) {
    try {
      List<Group> groups = chunk.stream().map(Gathered::group).toList();
      List<GroupOutcome> written = run.writeAll(groups, LockWait.BRIEF);
      for (int i = 0; i < chunk.size(); i++) {
        if (written.get(i).stamp() == null) {
          outdated.addAll(chunk.get(i).requests);
        } else {
          settle(chunk.get(i), groups.get(i), written.get(i));
        }
      }
    } catch (DuplicateException
        | ConcurrentAttemptException
        | DataRejectedException
        | SchemaException ofOne) {
      // Nothing of the chunk was done; whose it was shows when they go alone (BATCH-2).
    } catch (LockedOutException lockedOut) {
      throw lockedOut;
    } catch (OutcomeUnknownException unknown) {
      failEach(chunk, () -> copy(unknown));
    } catch (StoreUnavailableException notDone) {
      failEach(chunk, () -> copy(notDone));
    } catch (RuntimeException | Error failure) {
      failEach(chunk, () -> failure);
    }
  }

  private void settle(Gathered gathered, Group group, GroupOutcome written) {
    run.tell(group, written);
    RowVersion last = Objects.requireNonNull(written.stamp());
    for (int i = 0; i < gathered.requests.size(); i++) {
      PipelineRequest<K, V> request = gathered.requests.get(i);
      Attempt<V> attempt = gathered.attempts.get(i);
      RowVersion stamp = run.dialect.layout.before(last, group.writesAfter(i));
      int write = group.writes().size() - 1 - group.writesAfter(i);
      ChangeToken token = run.tokenOf(attempt.step(), written, write);
      Row left = group.leaves(i) ? written.left() : null;
      run.correctAnswer(attempt.step(), left);
      request.settle(Optional.of(run.applied(request, attempt, stamp, left, token)));
    }
  }

  /** A failure for each, because an exception belongs to one thread. */
  private void failEach(List<Gathered> chunk, Supplier<Throwable> failure) {
    for (Gathered gathered : chunk) {
      gathered.requests.forEach(request -> request.fail(failure.get()));
    }
  }

  private static OutcomeUnknownException copy(OutcomeUnknownException unknown) {
    return new OutcomeUnknownException(
        Objects.requireNonNullElse(unknown.getMessage(), ""), unknown);
  }

  private static StoreUnavailableException copy(StoreUnavailableException notDone) {
    return new StoreUnavailableException(
        Objects.requireNonNullElse(notDone.getMessage(), ""), notDone);
  }
}
