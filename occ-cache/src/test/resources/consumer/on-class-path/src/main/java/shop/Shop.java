/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package shop;

import java.lang.invoke.MethodHandles;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.Tag;
import org.occ4j.Versioned;
import org.occ4j.cache.TaggedCache;
import org.occ4j.cache.TaggedLoader;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.IdempotencyRegistry;
import org.occ4j.jdbc.OccDatabase;
import org.occ4j.jdbc.TableMapping;
import org.occ4j.mutex.KeyedMutex;
import org.occ4j.store.VersionedStore;
import org.occ4j.store.WriteResult;

/** What a shop does with the library: each of the four abstractions once, checked. */
public final class Shop {
  private Shop() {}

  /** Does each thing once and fails if one does not come out. */
  public static void main(String[] args) throws Exception {
    refusesALostUpdate();
    takesTurns();
    happensOnce();
    dropsWhatWasReplaced();
    mapsARecordOfItsOwn();
    boolean modular = Shop.class.getModule().isNamed();
    System.out.printf(
        "The shop works on the %s path of Java %s.%n",
        modular ? "module" : "class", Runtime.version());
  }

  /** A record that is not opened to the library. */
  record Price(String id, String amount) {}

  private static void mapsARecordOfItsOwn() {
    Objects.requireNonNull(
        TableMapping.record(MethodHandles.lookup(), Price.class, String.class).build());
    if (Price.class.getModule().isNamed()) {
      try {
        TableMapping.record(Price.class, String.class);
        throw new AssertionError("a closed package was read");
      } catch (IllegalArgumentException closed) {
        require(
            true, String.valueOf(closed.getMessage()).contains("opens shop to org.occ4j.core;"));
      }
    }
    Objects.requireNonNull(
        OccDatabase.class.getResource("/META-INF/occ4j-schema/postgresql.sql"), "the DDL");
  }

  private static void refusesALostUpdate() {
    VersionedStore<String, String> prices = VersionedStore.inMemory(KeyCodec.strings());
    Versioned<String> first = current(prices.put("tea", "3.00", Expected.absent()));
    prices.put("tea", "3.20", Expected.version(first.version()));
    var late = prices.put("tea", "2.90", Expected.version(first.version()));
    require(false, late.isApplied());
    require("3.20", Objects.requireNonNull(late.current()).value());
  }

  private static void takesTurns() throws InterruptedException {
    KeyedMutex<String> counters = KeyedMutex.inMemory();
    try (var hold = counters.acquire("counter 1")) {
      require(null, counters.tryAcquire("counter 1"));
      require("counter 1", hold.key());
    }
    require("served", counters.withLock("counter 1", () -> "served"));
  }

  private static void happensOnce() throws Exception {
    IdempotencyRegistry orders = IdempotencyRegistry.inMemory();
    var id = new MutationId(new Scope("shop", "ana", "order"), UUID.randomUUID());
    var once = IdempotencyOptions.returning(Codec.strings());
    var effects = new AtomicInteger();
    for (int i = 0; i < 2; i++) {
      orders.execute(id, once, context -> "order " + effects.incrementAndGet());
    }
    require(1, effects.get());
  }

  private static void dropsWhatWasReplaced() {
    var tea = Tag.of("article", "tea");
    var shelf = new AtomicReference<>("green");
    TaggedLoader<String, String> loader =
        (key, load) -> {
          load.tag(tea);
          return shelf.get();
        };
    try (TaggedCache<String, String> articles =
        TaggedCache.<String, String>builder("articles").build()) {
      require("green", articles.get("tea", loader));
      shelf.set("black");
      require("green", articles.getIfPresent("tea"));
      articles.invalidateTags(tea);
      require("black", articles.get("tea", loader));
    }
  }

  private static Versioned<String> current(WriteResult<String> result) {
    return Objects.requireNonNull(result.orThrow());
  }

  private static void require(Object expected, Object actual) {
    if (!Objects.equals(expected, actual)) {
      throw new IllegalStateException("expected " + expected + " but was " + actual);
    }
  }
}
