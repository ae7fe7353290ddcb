/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.occ4j.CodecException;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.Versioned;
import org.occ4j.change.Change;
import org.occ4j.change.ChangeDraft;
import org.occ4j.change.ChangeFeed;
import org.occ4j.change.ChangeFollower;
import org.occ4j.change.ChangeLog;
import org.occ4j.change.ChangeToken;
import org.occ4j.change.Subscription;
import org.occ4j.testkit.RecordingFollower;
import org.occ4j.testkit.Together;

/** What only the store in memory promises, or can be asked. */
class InMemoryStoreTest {

  @Test
  void stats_askedFor_countWhatAnyViewDoes() {
    VersionedStore<String, String> counted =
        VersionedStore.<String, String>builder("counted", KeyCodec.strings()).recordStats().build();
    counted.by("ana").put("a", "v", Expected.absent());
    counted.put("a", "w", Expected.absent());
    counted.get("a");
    counted.scan(Scan.all(1));
    assertThatThrownBy(() -> counted.get("x".repeat(256)))
        .isInstanceOf(IllegalArgumentException.class);

    StoreStats stats = counted.stats();
    assertThat(stats.writeTimes().count()).isEqualTo(2);
    assertThat(stats.conflicts()).isEqualTo(1);
    assertThat(stats.readTimes().count()).isEqualTo(3);
    assertThat(stats.failures()).isEqualTo(1);
    assertThat(VersionedStore.inMemory(KeyCodec.strings()).stats()).isNull();
  }

  @Test
  void changes_logOfAnotherKind_isRefused() {
    assertThatThrownBy(
            () -> VersionedStore.builder("s", KeyCodec.strings()).changes(new ForeignLog()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("feed in memory");
  }

  @Test
  void builder_emptyName_isRefused() {
    assertThatThrownBy(() -> VersionedStore.builder("", KeyCodec.strings()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void put_directFollower_isToldBeforeItReturns_andMayWriteItself() {
    ChangeLog log = ChangeFeed.inMemory();
    VersionedStore<String, String> store =
        VersionedStore.<String, String>builder("s", KeyCodec.strings()).changes(log).build();
    RecordingFollower follower = new RecordingFollower();
    log.followDirectly(
        change -> {
          if ("a".equals(change.key())) {
            store.put("b", "because of a", Expected.any());
          }
        });
    log.followDirectly(follower);
    store.put("a", "v", Expected.any());
    assertThat(follower.keys()).containsExactlyInAnyOrder("a", "b");
  }

  /**
   * Each commit writes down the version of another key that it read; in the log the latest version
   * of that key, at the place of the commit, must be the one it read.
   */
  @Test
  void watch_orderOfTheLog_isTheOrderOfTheCommits() throws Exception {
    ChangeLog log = ChangeFeed.builder().executor(Runnable::run).build();
    VersionedStore<Long, String> store =
        VersionedStore.<Long, String>builder("s", KeyCodec.longs()).changes(log).build();
    RecordingFollower follower = new RecordingFollower();
    log.follow(follower);
    store.put(0L, "source", Expected.any());
    Map<String, Long> readBy = new java.util.concurrent.ConcurrentHashMap<>();
    Together.run(
        3,
        thread -> {
          for (int i = 0; i < 3_000; i++) {
            if (thread == 0) {
              store.put(0L, "source", Expected.any());
            } else {
              copy(store, (long) thread, readBy);
            }
          }
        });
    long latest = 0;
    for (Change change : follower.changes()) {
      if ("0".equals(change.key())) {
        latest = change.version();
      } else {
        assertThat(readBy).containsEntry(change.key() + "@" + change.version(), latest);
      }
    }
  }

  private static void copy(VersionedStore<Long, String> store, long key, Map<String, Long> readBy) {
    long source = store.get(0L).orElseThrow().version();
    CommitResult<Long, String> result =
        store.commit(
            Commit.<Long, String>empty().read(0L, source).put(key, "copy", Expected.any()));
    if (result instanceof CommitResult.Applied<Long, String> committed) {
      for (Versioned<String> state : committed.written().values()) {
        readBy.put(key + "@" + state.version(), source);
      }
    }
  }

  /**
   * Writers never let the two readings of an optimistic snapshot agree; it still comes to an end.
   */
  @Test
  void getAll_underConstantWriting_endsAndIsOfOneMoment() throws Exception {
    VersionedStore<Long, Integer> store = VersionedStore.inMemory(KeyCodec.longs());
    List<Long> keys = IntStream.range(0, 40).mapToObj(i -> (long) i).toList();
    keys.forEach(key -> store.put(key, 0, Expected.absent()));
    AtomicBoolean done = new AtomicBoolean();
    Together.Body writer =
        () -> {
          for (int i = 0; !done.get(); i++) {
            long from = i % 40;
            long to = (i * 7L + 1) % 40;
            if (from != to) {
              move(store, from, to);
            }
          }
        };
    Together.Body reader =
        () -> {
          try {
            for (int i = 0; i < 2_000; i++) {
              Map<Long, Versioned<Integer>> all = store.getAll(keys);
              assertThat(all).hasSize(40);
              assertThat(all.values().stream().mapToInt(Versioned::value).sum()).isZero();
            }
          } finally {
            done.set(true);
          }
        };
    Together.run(List.of(writer, writer, reader));
  }

  private static void move(VersionedStore<Long, Integer> store, long from, long to) {
    Versioned<Integer> source = store.get(from).orElseThrow();
    Versioned<Integer> target = store.get(to).orElseThrow();
    store.commit(
        Commit.<Long, Integer>empty()
            .put(from, source.value() - 1, Expected.version(source.version()))
            .put(to, target.value() + 1, Expected.version(target.version())));
  }

  @Test
  void snapshotByDecision_agreesWithWhatIsThere_andLeavesNoCellBehind() {
    CellTable<String, String> table =
        new CellTable<>(new org.occ4j.store.internal.Keys<>(KeyCodec.strings()));
    SnapshotReader<String, String> reader =
        new SnapshotReader<>(table, new org.occ4j.store.internal.Keys<>(KeyCodec.strings()));
    Versioned<String> state = new Versioned<>("v", 1, null, null);
    table.findOrMake("b").compareAndSet(Cell.VACANT, state);
    assertThat(reader.decide(List.of("c", "b", "a"))).isEqualTo(Map.of("b", state));
    assertThat(table.find("a")).isNull();
    assertThat(table.find("b")).isNotNull();
    assertThat(table.walk(new byte[0], null, null)).hasSize(1);
  }

  @Test
  void failedAndDeletingCommits_leaveNoCellBehind() {
    VersionedStore<String, String> store = VersionedStore.inMemory(KeyCodec.strings());
    store.commit(
        Commit.<String, String>empty()
            .put("a", "1", Expected.absent())
            .put("b", "1", Expected.present()));
    store.commit(Commit.<String, String>empty().read("c", Expected.absent()));
    store.put("d", "1", Expected.any());
    store.commit(Commit.<String, String>empty().delete("d", Expected.any()));
    store.put("e", "1", Expected.any());
    store.delete("e", Expected.any());
    CellTable<String, String> table = ((InMemoryVersionedStore<String, String>) store).table();
    assertThat(table.walk(new byte[0], null, null)).isEmpty();
    for (String key : List.of("a", "b", "c", "d", "e")) {
      assertThat(table.find(key)).isNull();
    }
  }

  @Test
  void keyCodec_thatFails_isACodecExceptionAndChangesNothing() {
    VersionedStore<String, String> store =
        VersionedStore.inMemory(
            codec(
                key -> {
                  throw new UnsupportedOperationException("thrown by a test");
                }));
    assertThatThrownBy(() -> store.put("k", "v", Expected.any()))
        .isInstanceOf(CodecException.class)
        .hasRootCauseMessage("thrown by a test");
  }

  @Test
  void keyCodec_withOneSpellingForTwoKeys_isNoticed() {
    VersionedStore<String, String> store =
        VersionedStore.inMemory(
            codec(key -> key.toLowerCase(java.util.Locale.ROOT).getBytes(StandardCharsets.UTF_8)));
    store.put("k", "v", Expected.any());
    assertThatThrownBy(() -> store.put("K", "v", Expected.any()))
        .isInstanceOf(CodecException.class)
        .hasMessageContaining("same bytes");
    assertThat(store.get("k")).isPresent();
    assertThat(store.scan(Scan.all(10)).entries()).hasSize(1);
  }

  private static KeyCodec<String> codec(java.util.function.Function<String, byte[]> encoder) {
    return new KeyCodec<>() {
      @Override
      public byte[] encode(String key) {
        return encoder.apply(key);
      }

      @Override
      public String decode(byte[] bytes) {
        return KeyCodec.strings().decode(bytes);
      }

      @Override
      public String text(String key) {
        return key;
      }

      @Override
      public String parse(String text) {
        return text;
      }
    };
  }

  @Test
  void longs_scanInNaturalOrder() {
    VersionedStore<Long, String> store = VersionedStore.inMemory(KeyCodec.longs());
    for (long key : new long[] {5, -1, Long.MIN_VALUE, 0, Long.MAX_VALUE, 300}) {
      store.put(key, "v", Expected.absent());
    }
    assertThat(store.scan(Scan.all(10)).entries().stream().map(Page.Entry::key))
        .containsExactly(Long.MIN_VALUE, -1L, 0L, 5L, 300L, Long.MAX_VALUE);
  }

  private static final class ForeignLog implements ChangeLog {
    private final ChangeLog log = ChangeFeed.inMemory();

    @Override
    public ChangeToken publish(ChangeDraft draft) {
      return log.publish(draft);
    }

    @Override
    public Subscription follow(ChangeFollower follower) {
      return log.follow(follower);
    }

    @Override
    public Subscription followDirectly(ChangeFollower follower) {
      return log.followDirectly(follower);
    }

    @Override
    public ChangeToken now() {
      return log.now();
    }

    @Override
    public boolean awaitApplied(ChangeToken token, java.time.Duration timeout)
        throws InterruptedException {
      return log.awaitApplied(token, timeout);
    }
  }
}
