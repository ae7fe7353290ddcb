/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.store;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.Versioned;
import org.occ4j.store.VersionedStore;

/** Who keeps values with versions in memory. */
public enum StoreRival {
  /** This library, default settings. */
  OCC(StoreRival::occ),
  /** What Java programs write: an immutable record in a map, replaced if it is still there. */
  MAP_REPLACE(StoreRival::mapReplace),
  /** The same with a remapping function, which compares under the lock of the bin. */
  MAP_COMPUTE(StoreRival::mapCompute),
  /** The floor: a reference for each key, put into a map beforehand and never removed. */
  MAP_OF_REFERENCES(StoreRival::mapOfReferences);

  /** Values with versions. */
  public interface Values {
    /** Stores a first value. */
    void begin(String key, Object value);

    /** The version of the key's present state. */
    long version(String key);

    /** Reads the state, and replaces it if its version is still the same. */
    boolean replace(String key, Object value);
  }

  /** The rival's state, as immutable as the library's own. */
  record State(Object value, long version) {
    State next(Object next) {
      return new State(next, version + 1);
    }
  }

  @SuppressWarnings("ImmutableEnumChecker") // method references
  private final Supplier<Values> factory;

  StoreRival(Supplier<Values> factory) {
    this.factory = factory;
  }

  /** New values that nobody else uses. */
  public Values create() {
    return factory.get();
  }

  private static Values occ() {
    VersionedStore<String, Object> store = VersionedStore.inMemory(KeyCodec.strings());
    return new Values() {
      @Override
      public void begin(String key, Object value) {
        store.put(key, value, Expected.absent()).orThrow();
      }

      @Override
      public long version(String key) {
        return store.get(key).orElseThrow().version();
      }

      @Override
      public boolean replace(String key, Object value) {
        Versioned<Object> seen = store.get(key).orElseThrow();
        return store.put(key, value, Expected.version(seen.version())).isApplied();
      }
    };
  }

  private static Values mapReplace() {
    ConcurrentHashMap<String, State> map = new ConcurrentHashMap<>();
    return new MapValues(map) {
      @Override
      public boolean replace(String key, Object value) {
        State seen = present(key);
        return map.replace(key, seen, seen.next(value));
      }
    };
  }

  @SuppressWarnings("ReferenceEquality") // whether it is our state that is there now
  private static Values mapCompute() {
    ConcurrentHashMap<String, State> map = new ConcurrentHashMap<>();
    return new MapValues(map) {
      @Override
      public boolean replace(String key, Object value) {
        long expected = present(key).version();
        State next = new State(value, expected + 1);
        return map.computeIfPresent(key, (same, now) -> now.version() == expected ? next : now)
            == next;
      }
    };
  }

  private static Values mapOfReferences() {
    ConcurrentHashMap<String, AtomicReference<State>> map = new ConcurrentHashMap<>();
    return new Values() {
      @Override
      public void begin(String key, Object value) {
        map.put(key, new AtomicReference<>(new State(value, 1)));
      }

      @Override
      public long version(String key) {
        return required(required(map.get(key)).get()).version();
      }

      @Override
      public boolean replace(String key, Object value) {
        AtomicReference<State> reference = required(map.get(key));
        State seen = required(reference.get());
        return reference.compareAndSet(seen, seen.next(value));
      }
    };
  }

  private abstract static class MapValues implements Values {
    private final ConcurrentHashMap<String, State> map;

    MapValues(ConcurrentHashMap<String, State> map) {
      this.map = map;
    }

    @Override
    public void begin(String key, Object value) {
      map.put(key, new State(value, 1));
    }

    @Override
    public long version(String key) {
      return present(key).version();
    }

    final State present(String key) {
      return required(map.get(key));
    }
  }

  private static <T> T required(@Nullable T value) {
    if (value == null) {
      throw new IllegalStateException("every key has a value");
    }
    return value;
  }
}
