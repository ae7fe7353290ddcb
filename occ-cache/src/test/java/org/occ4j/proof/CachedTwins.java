/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.occ4j.Versioned;
import org.occ4j.cache.CachedStoreBuilder;
import org.occ4j.cache.StalenessPolicy;
import org.occ4j.change.ChangeDraft;
import org.occ4j.change.ChangeFollower;
import org.occ4j.change.ChangeLog;
import org.occ4j.change.ChangeToken;
import org.occ4j.change.Subscription;
import org.occ4j.jdbc.JdbcVersionedStore;
import org.occ4j.store.VersionedStore;
import org.occ4j.testkit.ForwardingStore;

/** Caches that are each broken in one way, and the sound one in the same surroundings. */
final class CachedTwins {

  /** What happens between the end of the next load from the store and what the cache does next. */
  private Runnable afterLoad = () -> {};

  void afterNextLoad(Runnable meanwhile) {
    afterLoad = meanwhile;
  }

  /** The library's cache. */
  NodeCache sound() {
    return (store, maximum) -> new Library(hooked(store)).over(store.changes(), maximum);
  }

  /** The library's cache behind a feed that tells it no change. */
  NodeCache deaf() {
    return (store, maximum) -> new Library(hooked(store)).over(new SilentFeed(store.changes()));
  }

  /** The library's cache, which is not asked to watch its feed. */
  NodeCache trusting() {
    return (store, maximum) -> new Library(hooked(store)).over(store.changes());
  }

  /** A cache that keeps what it has loaded, whatever was changed meanwhile. */
  NodeCache keepingLateLoads() {
    return (store, maximum) -> new PutAfterLoad(hooked(store), store.changes());
  }

  private VersionedStore<String, String> hooked(JdbcVersionedStore<String, String> store) {
    return new ForwardingStore<>(store) {
      @Override
      public Optional<Versioned<String>> get(String key) {
        Optional<Versioned<String>> loaded = store().get(key);
        Runnable meanwhile = afterLoad;
        afterLoad = () -> {};
        meanwhile.run();
        return loaded;
      }
    };
  }

  private static final class Library extends CachedStoreBuilder<String, String, Library> {
    private final VersionedStore<String, String> store;

    Library(VersionedStore<String, String> store) {
      super(store);
      this.store = store;
      var unused = expireAfterWrite(Duration.ofHours(1)); // no slow machine hides what is stale
    }

    NodeCache.Reads over(ChangeLog changes, Duration maximum) {
      return CachedNodes.reads(buildOver(store, changes, maximum, StalenessPolicy.BYPASS));
    }

    /** A cache that does not watch how the feed fares. */
    NodeCache.Reads over(ChangeLog changes) {
      return CachedNodes.reads(buildOver(store, changes));
    }

    @Override
    protected Library self() {
      return this;
    }
  }

  /** Keeps every change to itself. */
  private record SilentFeed(ChangeLog changes) implements ChangeLog {
    @Override
    public Subscription followDirectly(ChangeFollower follower) {
      return changes.followDirectly(change -> {});
    }

    @Override
    public Subscription follow(ChangeFollower follower) {
      return changes.follow(follower);
    }

    @Override
    public ChangeToken now() {
      return changes.now();
    }

    @Override
    public boolean awaitApplied(ChangeToken token, Duration timeout) throws InterruptedException {
      return changes.awaitApplied(token, timeout);
    }

    @Override
    public ChangeToken publish(ChangeDraft draft) {
      return changes.publish(draft);
    }
  }

  /** A map that is looked into, filled and cleared by key: what is often written by hand. */
  private static final class PutAfterLoad implements NodeCache.Reads {
    private final VersionedStore<String, String> store;
    private final Map<String, Versioned<String>> states = new ConcurrentHashMap<>();

    PutAfterLoad(VersionedStore<String, String> store, ChangeLog changes) {
      this.store = store;
      var unused =
          changes.followDirectly(
              change -> {
                String key = change.key();
                if (key != null) {
                  states.remove(key);
                }
              });
    }

    @Override
    public Optional<Versioned<String>> get(String key) {
      Versioned<String> known = states.get(key);
      if (known != null) {
        return Optional.of(known);
      }
      Optional<Versioned<String>> loaded = store.get(key);
      loaded.ifPresent(state -> states.put(key, state));
      return loaded;
    }
  }
}
