/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutex;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Steps of three threads that no test can make meet by chance, one after the other. */
class WaitQueuesTest {
  private final WaitQueues table = new WaitQueues(1);

  @Test
  void release_handsTheKeyToADirectHead() {
    Grant<String> first = grant();
    assertThat(SlotTable.claim(table.slots, first)).isTrue();
    Place next = queued(true);
    first.close();
    assertThat(next.granted).isTrue();
    next.grant.close();
    assertThat(table.isEmpty()).isTrue();
  }

  /**
   * A head looks whether it is the head, and stands still. It is handed the key, its queue goes,
   * and another waits behind it in a new one. Only now it goes on and has itself called, by its own
   * grant: were its old queue named there, the other would sleep for ever.
   */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void head_thatIsHandedTheKeyMeanwhile_doesNotNameItsOldQueue(boolean direct) {
    Grant<String> first = grant();
    assertThat(SlotTable.claim(table.slots, first)).isTrue();
    Place head = queued(true);
    WaitQueue old = head.queue();
    first.close();
    assertThat(head.granted).isTrue();
    Place next = queued(direct);
    assertThat(table.willBeTold(next)).isTrue();

    assertThat(table.hasItselfCalled(head, old)).isTrue();
    head.grant.close();
    assertThat(direct ? next.granted : next.told).isTrue();
  }

  private Place queued(boolean direct) {
    Place place = new Place(grant(), direct);
    assertThat(table.takeOrQueue(place)).isFalse();
    return place;
  }

  private Grant<String> grant() {
    return new Grant<>(table.slots, "key", InMemoryMutex.hash("key"));
  }

  /** A waiter that only notes what it is told. */
  private static final class Place extends Waiter {
    private boolean told;

    Place(Grant<?> grant, boolean direct) {
      super(grant, direct);
    }

    @Override
    void lookAgain() {
      told = true;
    }

    @Override
    void receive() {}
  }
}
