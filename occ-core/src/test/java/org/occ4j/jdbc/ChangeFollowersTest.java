/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.occ4j.testkit.Patience.await;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.occ4j.change.Change;
import org.occ4j.change.ChangeToken;
import org.occ4j.jdbc.internal.change.ChangeFollowers;
import org.occ4j.testkit.RecordingFollower;

/** A change of this node is told by its writer and met by the poller, in whichever order. */
class ChangeFollowersTest {
  private final ChangeFollowers followers = new ChangeFollowers(100);
  private final RecordingFollower direct = new RecordingFollower();

  private static Change change(long number) {
    return new Change(
        new ChangeToken(new UUID(0, 0), number),
        "test",
        Change.Kind.PUT,
        "k" + number,
        1,
        null,
        Set.of());
  }

  private void written(long number) {
    followers.tellWritten(List.of(change(number)));
  }

  private void read(long number) {
    followers.tellRead(List.of(change(number)), Set.of(number));
  }

  @Test
  void writtenThenRead_isToldOnce() {
    followers.followDirectly(direct);
    written(1);
    read(1);
    assertThat(direct.keys()).containsExactly("k1");
  }

  @Test
  void readThenWritten_isToldOnce() {
    followers.followDirectly(direct);
    read(1);
    written(1);
    assertThat(direct.keys()).containsExactly("k1");
  }

  /** Or a cache would discard by a late telling what was loaded after the write. */
  @Test
  void writtenWhileThePollerTellsIt_returnsWhenThatHasEnded_andIsToldOnce() throws Exception {
    secondComesWhileTheFirstTells(() -> read(1), () -> written(1));
  }

  /** Or the poll would say that its changes are known, and they were not yet. */
  @Test
  void readWhileItsWriterTellsIt_pollEndsWhenThatHasEnded_andIsToldOnce() throws Exception {
    secondComesWhileTheFirstTells(() -> written(1), () -> read(1));
  }

  private void secondComesWhileTheFirstTells(Runnable first, Runnable second) throws Exception {
    CountDownLatch telling = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    followers.followDirectly(
        change -> {
          telling.countDown();
          awaitUninterruptibly(goOn);
          direct.changed(change);
        });
    Thread one = new Thread(first, "first");
    Thread two = new Thread(second, "second");
    one.start();
    telling.await();
    two.start();
    await().until(() -> two.getState() == Thread.State.WAITING);
    assertThat(direct.keys()).isEmpty();
    goOn.countDown();
    one.join();
    two.join();
    assertThat(direct.keys()).containsExactly("k1");
  }

  @Test
  void writtenByAFollower_whileThePollerTellsThat_isNoRing() throws Exception {
    Thread poller =
        new Thread(() -> followers.tellRead(List.of(change(1), change(2)), Set.of(1L, 2L)));
    followers.followDirectly(
        change -> {
          direct.changed(change);
          if (change.token().position() == 1) {
            poller.start(); // tells 2, and then waits for the end of 1
            await().until(() -> poller.getState() == Thread.State.WAITING);
            written(2);
          }
        });
    written(1);
    poller.join();
    assertThat(direct.keys()).containsExactly("k1", "k2");
  }

  @Test
  void isTelling_insideADirectFollowerAlone() {
    List<Boolean> said = new ArrayList<>();
    followers.followDirectly(change -> said.add(followers.isTelling(Thread.currentThread())));
    written(1);
    assertThat(said).containsExactly(true);
    assertThat(followers.isTelling(Thread.currentThread())).isFalse();
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException unexpected) {
      throw new IllegalStateException(unexpected);
    }
  }

  @Test
  void noteOfTheFirst_isTakenByTheSecond() {
    followers.followDirectly(direct);
    written(1);
    read(1);
    written(1);
    assertThat(direct.keys()).as("once, then as if it were new").containsExactly("k1", "k1");
  }

  @Test
  void readOfAnotherNode_leavesNoNote() {
    followers.followDirectly(direct);
    followers.tellRead(List.of(change(1)), Set.of());
    written(1);
    assertThat(direct.keys()).containsExactly("k1", "k1");
  }

  @Test
  void writtenBeforeAnybodyFollows_isNotToldByThePoller() {
    written(1);
    followers.followDirectly(direct);
    read(1);
    assertThat(direct.keys()).isEmpty();
  }

  @Test
  void missed_voidsTheNotes() {
    followers.followDirectly(direct);
    written(1);
    followers.missed("test");
    read(1);
    assertThat(direct.keys()).containsExactly("k1", "k1");
    assertThat(direct.missed()).containsExactly("test");
  }

  @Test
  void writersThatNeverReport_costABoundedNumberOfNotes() {
    followers.followDirectly(direct);
    read(1);
    for (int number = 2; number <= 10_001; number++) {
      read(number);
    }
    written(10_001);
    assertThat(direct.changes()).as("its note is there").hasSize(10_001);
    written(1);
    assertThat(direct.changes()).as("its note was given up").hasSize(10_002);
  }
}
