/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.pipeline;

import java.util.List;
import java.util.stream.LongStream;
import org.occ4j.testkit.Engine;

/**
 * What is measured.
 *
 * @param engine on which server
 * @param kind which mutations
 * @param threads how many at once
 * @param pool how many connections they share
 * @param delayMillis how long the network takes each way; zero for loopback without a proxy
 * @param rows how many rows and ids are in the tables before; zero for empty tables
 */
record PipelineCase(Engine engine, Kind kind, int threads, int pool, int delayMillis, long rows) {

  private static final int ROWS_OF_A_WRITER = 16;
  private static final int ROWS_OF_A_WRITER_IN_LARGE_TABLES = 1024;

  /** Which mutations. */
  enum Kind {
    /** Each thread changes rows of its own in turns, by the version that its last change made. */
    OWN,
    /** The same, and each mutation inserts an audit row. */
    OWN_AUDIT,
    /** All change one row, whatever its version. */
    HOT,
    /** The same, and each mutation inserts an audit row. */
    HOT_AUDIT,
    /** As OWN, in a table of the application, whose columns the pipeline maps. */
    MAPPED,
    /** As HOT, in such a table. */
    MAPPED_HOT,
    /** As OWN, with many rows to a thread, spread over tables that are large. */
    GROWTH;

    boolean audited() {
      return this == OWN_AUDIT || this == HOT_AUDIT;
    }

    boolean hot() {
      return this == HOT || this == HOT_AUDIT || this == MAPPED_HOT;
    }

    boolean mapped() {
      return this == MAPPED || this == MAPPED_HOT;
    }
  }

  /** The keys that a writer changes in turns. */
  List<String> keys(int writer) {
    if (kind.hot()) {
      return List.of("row:hot");
    }
    int each = kind == Kind.GROWTH ? ROWS_OF_A_WRITER_IN_LARGE_TABLES : ROWS_OF_A_WRITER;
    long step = kind == Kind.GROWTH ? rows / ((long) threads * each) : 1;
    return LongStream.range(0, each)
        .mapToObj(i -> TableFiller.key(1 + step * ((long) writer * each + i)))
        .toList();
  }

  /** The same with the tables of another case. */
  PipelineCase withRows(long other) {
    return new PipelineCase(engine, kind, threads, pool, delayMillis, other);
  }
}
