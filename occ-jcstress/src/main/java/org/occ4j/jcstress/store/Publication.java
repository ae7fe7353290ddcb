/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jcstress.store;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.Versioned;
import org.occ4j.store.Commit;
import org.occ4j.store.VersionedStore;
import org.occ4j.store.WriteResult;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** What a writer put into plain fields of a value is seen by whoever sees the new state. */
@Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "The new state was seen, and all of it.")
@Outcome(id = "-1, -1", expect = Expect.ACCEPTABLE, desc = "The new state was not there yet.")
@Outcome(expect = Expect.FORBIDDEN, desc = "The new state was seen before its value was filled.")
public class Publication {
  private Publication() {}

  /** A value with plain fields, never changed after it was handed over. */
  static final class Note {
    private int first;
    private int second;

    void fill() {
      first = 1;
      second = 1;
    }
  }

  /** Holds nothing; one thread fills a note and stores it. */
  static class Body {
    static final String KEY = "a";

    final VersionedStore<String, Note> store = VersionedStore.inMemory(KeyCodec.strings());
    private final Note note = new Note();

    final Note filled() {
      note.fill();
      return note;
    }

    static void read(@Nullable Versioned<Note> state, II_Result result) {
      result.r2 = state == null ? -1 : state.value().second;
      result.r1 = state == null ? -1 : state.value().first;
    }
  }

  /** A put, seen by a get. */
  @JCStressTest
  @JCStressMeta(Publication.class)
  @State
  public static class Get extends Body {
    /** Fills and stores. */
    @Actor
    public void write() {
      store.put(KEY, filled(), Expected.absent());
    }

    /** Reads. */
    @Actor
    public void read(II_Result result) {
      read(store.get(KEY).orElse(null), result);
    }
  }

  /** A commit, seen by a getAll. */
  @JCStressTest
  @JCStressMeta(Publication.class)
  @State
  public static class GetAll extends Body {
    /** Fills and stores. */
    @Actor
    public void write() {
      store.commit(Commit.<String, Note>empty().put(KEY, filled(), Expected.absent()));
    }

    /** Reads. */
    @Actor
    public void read(II_Result result) {
      read(store.getAll(List.of(KEY)).get(KEY), result);
    }
  }

  /** A put, seen in the conflict of another. */
  @JCStressTest
  @JCStressMeta(Publication.class)
  @State
  public static class Conflict extends Body {
    /** Fills and stores. */
    @Actor
    public void write() {
      store.put(KEY, filled(), Expected.absent());
    }

    /** Tries to replace a version that never was, and reads what it is told. */
    @Actor
    public void read(II_Result result) {
      WriteResult<Note> refused = store.put(KEY, new Note(), Expected.version(1));
      read(refused.current(), result);
    }
  }

  /** A store of one value, whose version is a plain field beside the value's. */
  @JCStressTest
  @JCStressMeta(Publication.class)
  @State
  public static class BrokenTwin {
    private long version;
    private int first;
    private int second;

    /** Fills and stores. */
    @Actor
    public void write() {
      first = 1;
      second = 1;
      version = 1;
    }

    /** Reads. */
    @Actor
    public void read(II_Result result) {
      boolean present = version != 0;
      result.r2 = present ? second : -1;
      result.r1 = present ? first : -1;
    }
  }
}
