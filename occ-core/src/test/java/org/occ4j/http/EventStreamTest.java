/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.occ4j.testkit.Patience.await;

import com.zaxxer.hikari.HikariDataSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.change.Change;
import org.occ4j.change.ChangeFeed;
import org.occ4j.change.ChangeFollower;
import org.occ4j.change.ChangeLog;
import org.occ4j.change.ChangeToken;
import org.occ4j.change.Subscription;
import org.occ4j.jdbc.OccDatabase;
import org.occ4j.store.VersionedStore;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

/** What readers of the changes are told, and what they are told when that cannot be known. */
class EventStreamTest {

  private static final Duration NOT_AT_ALL = Duration.ZERO;
  private static final Duration LONG = Duration.ofSeconds(90);
  private static final String HEARTBEAT = ":\n\n";
  private static final String MISSED = "event: missed\ndata: {}\n\n";

  /** A feed that tells what the test says, as one that follows a database does. */
  private static final class Node implements ChangeFeed {
    private final UUID incarnation;
    private @Nullable ChangeFollower follower;

    Node(UUID incarnation) {
      this.incarnation = incarnation;
    }

    @Override
    public Subscription follow(ChangeFollower follower) {
      this.follower = follower;
      return () -> this.follower = null;
    }

    @Override
    public Subscription followDirectly(ChangeFollower follower) {
      throw new UnsupportedOperationException();
    }

    @Override
    public ChangeToken now() {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean awaitApplied(ChangeToken token, Duration timeout) {
      throw new UnsupportedOperationException();
    }

    /** One poll that reads these. */
    void reads(long... positions) {
      for (long position : positions) {
        follower.changed(change(position));
      }
      follower.caughtUp(0);
    }

    Change change(long position) {
      return new Change(
          token(position), "task", Change.Kind.PUT, "k" + position, 1, null, Set.of());
    }

    ChangeToken token(long position) {
      return new ChangeToken(incarnation, position);
    }
  }

  private final UUID database = UUID.randomUUID();
  private final Node node = new Node(database);
  private final EventStream stream = streamOf(node);

  private static EventStream streamOf(ChangeFeed feed) {
    return EventStream.builder(feed, EventStreamTest::json).keep(5).build();
  }

  private static String json(Map<String, @Nullable Object> members) {
    return members.toString();
  }

  @AfterEach
  void close() {
    stream.close();
  }

  private static EventReader opened(EventStream stream, @Nullable Object lastEventId)
      throws InterruptedException {
    return opened(stream, lastEventId, change -> true);
  }

  private static EventReader opened(
      EventStream stream, @Nullable Object lastEventId, Predicate<Change> visible)
      throws InterruptedException {
    EventReader reader = stream.open(lastEventId == null ? null : lastEventId.toString(), visible);
    assertThat(reader.next(NOT_AT_ALL)).isEqualTo("retry: 2000\n\n");
    return reader;
  }

  /** The keys of the changes that stand in these frames. */
  private static List<String> keys(String frames) {
    List<String> keys = new ArrayList<>();
    Matcher found = Pattern.compile("key=(\\w+)").matcher(frames);
    while (found.find()) {
      keys.add(found.group(1));
    }
    return keys;
  }

  private EventReader resumed(long position) throws InterruptedException {
    return opened(stream, node.token(position));
  }

  @Test
  void change_isAFrameWithItsTokenAndWhereToLook() throws Exception {
    EventReader reader = opened(stream, null);
    assertThat(reader.next(NOT_AT_ALL)).isEqualTo("id: \n" + MISSED);
    node.follower.changed(
        new Change(node.token(7), "task", Change.Kind.DELETE, "42", 17, "Berta", Set.of()));

    assertThat(reader.next(NOT_AT_ALL))
        .isEqualTo(
            "id: "
                + database
                + ".7\nevent: change\ndata: {source=task, kind=delete, key=42, version=17,"
                + " updatedBy=Berta}\n\n");
    assertThat(reader.next(NOT_AT_ALL)).isEqualTo(HEARTBEAT);
  }

  @Test
  void store_itsWritesAreTold() throws Exception {
    ChangeLog log = ChangeFeed.inMemory();
    VersionedStore<String, String> store =
        VersionedStore.<String, String>builder("task", KeyCodec.strings()).changes(log).build();
    try (EventStream changes = streamOf(log)) {
      EventReader reader = opened(changes, null);
      assertThat(reader.next(NOT_AT_ALL)).contains("missed");

      store.put("a", "1", Expected.absent());

      String frames = reader.next(LONG);
      assertThat(frames).contains("id: " + log.now(), "key=a", "kind=put");
    }
  }

  @Test
  void resumed_isToldWhatCameSince_andNothingIsMissed() throws Exception {
    node.reads(1);
    node.reads(2);
    node.reads(3);

    assertThat(keys(resumed(2).next(NOT_AT_ALL))).containsSubsequence("k3").doesNotContain("k1");
    assertThat(resumed(3).next(NOT_AT_ALL)).doesNotContain("missed");
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(
      strings = {
        "",
        "7",
        "not a token",
        "00000000-0000-0000-0000-000000000000.2",
        "00000000-0000-0000-0000-000000000000.99999999999999999999",
        "\u0000\n",
      })
  void tokenThatIsNone_orOfAnotherDatabase_isToldMissedAndGoesOn(String lastEventId)
      throws Exception {
    node.reads(1, 2);
    EventReader reader = opened(stream, lastEventId);

    assertThat(reader.next(NOT_AT_ALL)).isEqualTo("id: " + node.token(2) + "\n" + MISSED);
    node.reads(3);
    assertThat(keys(reader.next(NOT_AT_ALL))).containsExactly("k3");
  }

  @Test
  void tokenTooOld_isToldMissed() throws Exception {
    for (int i = 1; i <= 6; i++) {
      node.reads(i);
    }

    assertThat(resumed(1).next(NOT_AT_ALL)).contains("missed");
    assertThat(keys(resumed(2).next(NOT_AT_ALL))).contains("k3", "k4", "k5", "k6");
  }

  @Test
  void tokenOfAPlaceThatIsStillToCome_isToldMissed() throws Exception {
    node.reads(1);

    assertThat(resumed(1_000).next(NOT_AT_ALL)).contains("missed");
  }

  /**
   * The numbers of transactions that are open at the same time are not in the order of their
   * commits: the other node read 2 before 1 was committed, and the reader saw 2 there.
   */
  @Test
  void resumedOnAnotherNode_isToldALateCommitWithASmallerNumber() throws Exception {
    Node other = new Node(database);
    try (EventStream elsewhere = streamOf(other)) {
      EventReader reader = opened(elsewhere, null);
      other.reads(2);
      assertThat(reader.next(NOT_AT_ALL)).contains("missed");
      other.reads(1);
    }
    node.reads(1, 2);
    node.reads(3);

    assertThat(keys(resumed(2).next(NOT_AT_ALL))).contains("k1", "k3");
  }

  @Test
  void feedThatMissed_voidsWhatWasKept_forReadersHereAndForThoseWhoComeBack() throws Exception {
    EventReader reader = opened(stream, null);
    assertThat(reader.next(NOT_AT_ALL)).contains("missed");
    node.reads(1, 2);
    node.follower.missed("the database was restored");

    assertThat(reader.next(NOT_AT_ALL)).isEqualTo("id: \n" + MISSED);
    assertThat(resumed(2).next(NOT_AT_ALL)).contains("missed");
    node.reads(3);
    assertThat(keys(reader.next(NOT_AT_ALL))).containsExactly("k3");
  }

  /** The feed itself tells that its database lost what it had told. */
  @Test
  void databaseRestored_readersHereAndThoseWhoComeBack_areToldMissed() throws Exception {
    TestDatabase h2 = Engine.H2.server().newDatabase();
    try (HikariDataSource pool = h2.pool(2);
        OccDatabase occ = OccDatabase.builder(pool).createSchema().open();
        EventStream changes = streamOf(occ.changes())) {
      VersionedStore<String, String> store =
          occ.store("task", KeyCodec.strings(), Codec.strings()).recordChanges(true);
      EventReader reader = opened(changes, null);
      assertThat(reader.next(NOT_AT_ALL)).contains("missed");
      store.put("a", "1", Expected.absent());
      store.put("b", "1", Expected.absent());
      occ.changes().poll();
      String told = reader.next(LONG);
      while (!told.contains("key=b")) {
        told += reader.next(LONG);
      }
      String last = told.substring(told.lastIndexOf("id: ") + 4).lines().findFirst().orElseThrow();

      h2.execute("DELETE FROM occ_change WHERE item_key = 'b'");
      occ.changes().poll();

      assertThat(reader.next(LONG)).isEqualTo("id: \n" + MISSED);
      assertThat(opened(changes, last).next(NOT_AT_ALL)).contains("missed");
      store.put("a", "2", Expected.any());
      occ.changes().poll();
      assertThat(keys(reader.next(LONG))).containsExactly("a");
    }
  }

  @Test
  void slowReader_isToldMissedOnce_andGoesOn() throws Exception {
    EventReader reader = opened(stream, null);
    assertThat(reader.next(NOT_AT_ALL)).contains("missed");
    for (int i = 1; i <= 20; i++) {
      node.reads(i);
    }

    assertThat(reader.next(NOT_AT_ALL)).isEqualTo("id: " + node.token(20) + "\n" + MISSED);
    assertThat(reader.next(NOT_AT_ALL)).isEqualTo(HEARTBEAT);
    node.reads(21);
    assertThat(keys(reader.next(NOT_AT_ALL))).containsExactly("k21");
  }

  @Test
  void changeThatCannotBeWritten_isToldAsMissed() throws Exception {
    try (EventStream failing =
        EventStream.builder(
                node,
                members -> {
                  throw new IllegalStateException("cannot be written");
                })
            .build()) {
      EventReader reader = opened(failing, null);
      assertThat(reader.next(NOT_AT_ALL)).contains("missed");
      assertThatThrownBy(() -> node.reads(1)).hasMessage("cannot be written");

      assertThat(reader.next(NOT_AT_ALL)).contains("missed");
    }
  }

  @Test
  void changesThatTheReaderMayNotSee_andInvalidations_areNotTold() throws Exception {
    EventReader reader = opened(stream, null, change -> "k2".equals(change.key()));
    assertThat(reader.next(NOT_AT_ALL)).contains("missed");
    node.follower.changed(
        new Change(node.token(9), "cache", Change.Kind.INVALIDATE, null, 0, null, Set.of()));
    node.reads(1);

    assertThat(reader.next(NOT_AT_ALL)).isEqualTo(HEARTBEAT);
    node.reads(2);
    assertThat(keys(reader.next(NOT_AT_ALL))).containsExactly("k2");
  }

  @Test
  void published_isToldToAll_alsoToThoseWhoComeLater_onlyTheNewest() throws Exception {
    EventReader before = opened(stream, null);
    assertThat(before.next(NOT_AT_ALL)).contains("missed");
    stream.publish("presence", "one");
    stream.publish("presence", "two\r\nlines");
    String frame = "event: presence\ndata: two\ndata: lines\n\n";

    assertThat(before.next(NOT_AT_ALL)).isEqualTo(frame);
    assertThat(before.next(NOT_AT_ALL)).isEqualTo(HEARTBEAT);
    EventReader after = opened(stream, null);
    assertThat(after.next(NOT_AT_ALL)).contains("missed").endsWith(frame);
  }

  @Test
  void published_namesAndValuesThatAreNone_areRefused() {
    for (String name : List.of("", "change", "missed", "a b", "a\nb", "1")) {
      assertThatThrownBy(() -> stream.publish(name, "x"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(name);
    }
    assertThatThrownBy(() -> stream.publish("presence", ""))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void waiting_endsWithTheNews_andWithTheStream() throws Exception {
    EventReader reader = opened(stream, null);
    assertThat(reader.next(NOT_AT_ALL)).contains("missed");
    CompletableFuture<String> news = inBackground(reader);
    node.reads(1);
    await().until(news::isDone);
    assertThat(keys(news.get())).containsExactly("k1");

    CompletableFuture<String> end = inBackground(reader);
    stream.close();
    await().until(end::isDone);
    assertThat(end.get()).isNull();
  }

  @Test
  void waiting_endsWithTheReader() throws Exception {
    EventReader reader = opened(stream, null);
    assertThat(reader.next(NOT_AT_ALL)).contains("missed");
    CompletableFuture<String> end = inBackground(reader);
    reader.close();

    await().until(end::isDone);
    assertThat(end.get()).isNull();
    assertThat(opened(stream, null).next(NOT_AT_ALL)).contains("missed");
  }

  private static CompletableFuture<String> inBackground(EventReader reader) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return reader.next(Duration.ofDays(100_000));
          } catch (InterruptedException stopped) {
            throw new IllegalStateException(stopped);
          }
        });
  }
}
