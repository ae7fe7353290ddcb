/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.store;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.occ4j.OccException;
import org.occ4j.jdbc.internal.SqlErrors;
import org.occ4j.store.BatchResult;
import org.occ4j.store.Write;
import org.occ4j.store.WriteResult;

/**
 * Independent writes on their way: each ends with its result or with the exception that it would
 * have thrown alone.
 *
 * <p>Those that share a round trip share its transaction, in the order of their keys so that two
 * batches cannot deadlock. If the database refuses one of them, the others are not to suffer: all
 * of that round trip was taken back, and they are sent one by one.
 */
final class TableBatch<K, V> {
  private final List<Write<K, V>> writes;
  private final Function<Write<K, V>, WriteResult<V>> single;
  private final List<BatchResult.@Nullable Item<K, V>> items;

  /**
   * A batch.
   *
   * @param single writes one alone
   */
  TableBatch(List<Write<K, V>> writes, Function<Write<K, V>, WriteResult<V>> single) {
    this.writes = writes;
    this.single = single;
    this.items = new ArrayList<>();
    writes.forEach(write -> items.add(null));
  }

  /** Decides a write by the answer of the database; null if it is to be tried again. */
  interface Decision<K, V> {
    @Nullable WriteResult<V> of(Write<K, V> write, RowWrite row, StoreDialect.WriteOutcome answer);
  }

  /** The places of the writes, in the byte order of their keys. */
  List<Integer> inOrder(Function<K, byte[]> bytes) {
    List<byte[]> keys = writes.stream().map(write -> bytes.apply(write.key())).toList();
    Comparator<Integer> byKey = Comparator.comparing(keys::get, Arrays::compareUnsigned);
    return IntStream.range(0, writes.size()).boxed().sorted(byKey).toList();
  }

  /** Prepares the write at a place; a codec that fails is that write's failure. */
  void encode(int place, Runnable encoding) {
    try {
      encoding.run();
    } catch (OccException failure) {
      fail(place, failure);
    }
  }

  /** Writes one after the other. */
  void runSingly(Collection<Integer> places) {
    for (int place : places) {
      try {
        done(place, single.apply(writes.get(place)));
      } catch (OccException failure) {
        fail(place, failure);
      }
    }
  }

  /** Writes many in each round trip. */
  void runTogether(
      Map<Integer, RowWrite> ready,
      Function<List<RowWrite>, List<StoreDialect.WriteOutcome>> attempt,
      Decision<K, V> decision) {
    List<Integer> places = new ArrayList<>(ready.keySet());
    int from = 0;
    for (List<RowWrite> part : RowWrite.inParts(new ArrayList<>(ready.values()))) {
      List<Integer> here = places.subList(from, from + part.size());
      from += part.size();
      try {
        decide(here, part, attempt.apply(part), decision);
      } catch (OccException failure) {
        if (isRefusal(failure)) {
          runSingly(here);
        } else {
          here.forEach(place -> fail(place, failure));
        }
      }
    }
  }

  private void decide(
      List<Integer> places,
      List<RowWrite> part,
      List<StoreDialect.WriteOutcome> answers,
      Decision<K, V> decision) {
    for (int i = 0; i < part.size(); i++) {
      int place = places.get(i);
      try {
        WriteResult<V> result = decision.of(writes.get(place), part.get(i), answers.get(i));
        done(place, result != null ? result : single.apply(writes.get(place)));
      } catch (OccException failure) {
        fail(place, failure);
      }
    }
  }

  /** Whether the server refused something in the statements, so that they did nothing. */
  private static boolean isRefusal(OccException failure) {
    if (!(failure.getCause() instanceof SQLException error)) {
      return false;
    }
    return switch (SqlErrors.meaningOf(error)) {
      case REFUSED, DUPLICATE, DATA, STATEMENT -> true;
      default -> false;
    };
  }

  private void done(int place, WriteResult<V> result) {
    items.set(place, new BatchResult.Item<>(writes.get(place), result, null));
  }

  private void fail(int place, OccException failure) {
    items.set(place, new BatchResult.Item<>(writes.get(place), null, failure));
  }

  /** What became of each, in the order in which they were given. */
  BatchResult<K, V> result() {
    List<BatchResult.Item<K, V>> all = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      BatchResult.Item<K, V> item = items.get(i);
      if (item == null) {
        throw new IllegalStateException("a write of the batch was forgotten: " + writes.get(i));
      }
      all.add(item);
    }
    return new BatchResult<>(all);
  }
}
