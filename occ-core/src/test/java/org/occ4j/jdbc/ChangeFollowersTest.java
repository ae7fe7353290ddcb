/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.occ4j.change.Change;
import org.occ4j.change.ChangeToken;
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

  @Test
  void readWhileItIsBeingToldByItsWriter_isToldByBoth_soThatNeitherReliesOnTheOther() {
    followers.followDirectly(
        change -> {
          if (direct.changes().isEmpty()) {
            direct.changed(change);
            read(1); // the poller meets it before the writer's telling has ended
          } else {
            direct.changed(change);
          }
        });
    written(1);
    assertThat(direct.keys()).containsExactly("k1", "k1");
  }

  @Test
  void bothAtOnce_leaveNoNoteBehind() {
    Runnable[] once = {() -> read(1)};
    followers.followDirectly(
        change -> {
          Runnable now = once[0];
          once[0] = () -> {};
          now.run();
          direct.changed(change);
        });
    written(1);
    read(1);
    written(1);
    assertThat(direct.keys()).as("two at once, then as if it were new").hasSize(3);
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
