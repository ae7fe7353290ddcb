/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.occ4j.testkit.Patience.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.occ4j.Expected;
import org.occ4j.RetryPolicy;
import org.occ4j.Tag;
import org.occ4j.Versioned;
import org.occ4j.change.Change;
import org.occ4j.change.Subscription;
import org.occ4j.store.Commit;
import org.occ4j.store.VersionedStore;
import org.occ4j.store.Write;

/** What a store that records its changes promises of them, and one that does not. */
public interface StoreWatchContract {

  /** The store under test, empty at the start of each test. */
  VersionedStore<String, String> store();

  /** Whether the store under test records its changes. */
  boolean recordsChanges();

  /** Whether a store that records no changes begins to when it is given tags to carry. */
  default boolean recordsWhatIsTagged() {
    return false;
  }

  private static void awaitChanges(RecordingFollower follower, int changes) {
    await()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(1))
        .atMost(Duration.ofSeconds(60))
        .until(() -> follower.changes().size() >= changes);
    assertThat(follower.changes()).hasSize(changes);
  }

  @Test
  default void watch_storeWithoutChanges_isRefused() {
    if (!recordsChanges()) {
      assertThatThrownBy(() -> store().watch(change -> {}))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining(store().name());
      if (!recordsWhatIsTagged()) {
        assertThatThrownBy(() -> store().tagging(Set.of(Tag.of("t"))))
            .isInstanceOf(IllegalStateException.class);
      }
      store().tagging(Set.of()).put("a", "v", Expected.any());
      assertThat(store().get("a")).isPresent();
    }
  }

  @Test
  default void watch_writes_areToldWithAllTheyWere() {
    if (!recordsChanges()) {
      return;
    }
    RecordingFollower follower = new RecordingFollower();
    store().watch(follower::changed);
    Set<Tag> tags = Set.of(Tag.of("task:1"), Tag.of("tasks"));
    VersionedStore<String, String> view = store().by("ann").tagging(tags);
    Versioned<String> state =
        Objects.requireNonNull(view.put("a ", "v", Expected.absent()).orThrow());
    store().delete("a ", Expected.any());
    awaitChanges(follower, 2);
    Change put = follower.changes().get(0);
    Change delete = follower.changes().get(1);
    assertThat(put)
        .isEqualTo(
            new Change(
                put.token(), store().name(), Change.Kind.PUT, "a ", state.version(), "ann", tags));
    assertThat(delete)
        .isEqualTo(
            new Change(
                delete.token(),
                store().name(),
                Change.Kind.DELETE,
                "a ",
                state.version(),
                null,
                Set.of()));
    assertThat(delete.token().position()).isGreaterThan(put.token().position());
  }

  @Test
  default void watch_everyKindOfWrite_isTold_andWhatChangedNothingIsNot() {
    if (!recordsChanges()) {
      return;
    }
    RecordingFollower follower = new RecordingFollower();
    store().watch(follower::changed);
    store().put("a", "1", Expected.present());
    store().delete("a", Expected.any());
    store().commit(Commit.<String, String>empty().put("a", "1", Expected.present()));
    store().commit(Commit.<String, String>empty().read("a", Expected.absent()));
    store().put("a", "1", Expected.absent());
    store().update("a", v -> v + "!", RetryPolicy.once());
    store()
        .writeAll(
            List.of(
                Write.put("b", "2", Expected.any()),
                Write.put("a", "x", Expected.absent()),
                Write.delete("none", Expected.any())));
    store()
        .commit(
            Commit.<String, String>empty()
                .put("z", "3", Expected.any())
                .delete("b", Expected.any())
                .delete("none", Expected.any()));
    awaitChanges(follower, 5);
    assertThat(follower.changes().stream().map(c -> c.kind() + " " + c.key()))
        .containsSubsequence("PUT a", "PUT a", "PUT b")
        .containsExactlyInAnyOrder("PUT a", "PUT a", "PUT b", "PUT z", "DELETE b");
  }

  @Test
  default void watch_concurrentWriters_tellsEachKeyInTheOrderOfItsVersions() throws Exception {
    if (!recordsChanges()) {
      return;
    }
    RecordingFollower follower = new RecordingFollower();
    store().watch(follower::changed);
    int each = 50;
    Together.run(
        4,
        thread -> {
          for (int i = 0; i < each; i++) {
            store().put("k" + i % 2, "v", Expected.any()).orThrow();
          }
        });
    awaitChanges(follower, 4 * each);
    for (String key : List.of("k0", "k1")) {
      List<Long> versions = new ArrayList<>();
      follower.changes().stream()
          .filter(change -> key.equals(change.key()))
          .forEach(change -> versions.add(change.version()));
      assertThat(versions).hasSize(2 * each).isSorted().doesNotHaveDuplicates();
    }
  }

  @Test
  default void watch_closed_hearsNoMore() {
    if (!recordsChanges()) {
      return;
    }
    RecordingFollower closed = new RecordingFollower();
    RecordingFollower open = new RecordingFollower();
    Subscription subscription = store().watch(closed::changed);
    store().watch(open::changed);
    subscription.close();
    store().put("a", "v", Expected.any());
    awaitChanges(open, 1);
    assertThat(closed.changes()).isEmpty();
  }
}
