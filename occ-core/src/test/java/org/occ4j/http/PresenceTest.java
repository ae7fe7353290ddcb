/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.occ4j.change.ChangeFeed;
import org.occ4j.testkit.FakeTicker;

/** Who is at what, as readers of the stream are told. */
class PresenceTest {
  private final EventStream stream =
      EventStream.builder(ChangeFeed.inMemory(), Object::toString).build();
  private final FakeTicker ticker = new FakeTicker();
  private final Queue<Runnable> later = new ArrayDeque<>();
  private final Presence presence =
      new Presence(stream, Object::toString, Duration.ofSeconds(15), ticker, later::add);
  private EventReader reader;

  @BeforeEach
  void open() throws Exception {
    reader = stream.open(null);
    reader.next(Duration.ZERO);
    assertThat(reader.next(Duration.ZERO)).contains("missed");
  }

  @AfterEach
  void close() {
    stream.close();
  }

  private void passes(int seconds) {
    ticker.advance(Duration.ofSeconds(seconds));
    List.copyOf(later).forEach(sweep -> later.remove().run());
  }

  private void assertTold(String data) throws Exception {
    assertThat(reader.next(Duration.ZERO)).isEqualTo("event: presence\ndata: " + data + "\n\n");
  }

  private void assertNothingTold() throws Exception {
    assertThat(reader.next(Duration.ZERO)).isEqualTo(":\n\n");
  }

  @Test
  void whoComesAndGoes_isTold_onceForEachChange() throws Exception {
    presence.here("42", "Berta");
    assertTold("{42=[Berta]}");
    presence.here("42", "Berta");
    assertNothingTold();
    presence.here("42", "Ana");
    presence.here("7", "Carla");
    assertTold("{42=[Berta, Ana], 7=[Carla]}");
    presence.gone("42", "Berta");
    presence.gone("42", "Berta");
    assertTold("{42=[Ana], 7=[Carla]}");
    assertNothingTold();
  }

  @Test
  void whoIsNotHeardOf_isGoneByItself_andWhoIsStays() throws Exception {
    presence.here("42", "Berta");
    presence.here("42", "Ana");
    assertTold("{42=[Berta, Ana]}");
    passes(10);
    presence.here("42", "Berta");
    passes(10);

    assertTold("{42=[Berta]}");
    passes(10);
    assertThat(later).isEmpty();
    presence.here("1", "Carla");
    assertTold("{1=[Carla]}");
  }

  @Test
  void howeverManySaySo_oneSweepWaits() {
    for (int i = 0; i < 100; i++) {
      presence.here("42", "Berta");
      presence.here("42", "Ana");
    }

    assertThat(later).hasSize(1);
    passes(1);
    assertThat(later).hasSize(1);
    presence.gone("42", "Berta");
    presence.gone("42", "Ana");
    passes(1);
    assertThat(later).isEmpty();
  }

  @Test
  void moreThanABound_areNotTakenIn() throws Exception {
    for (int i = 0; i < 1_000; i++) {
      presence.here("k" + i, "somebody");
    }
    assertThat(reader.next(Duration.ZERO)).contains("k999");
    presence.here("one more", "somebody");
    assertNothingTold();

    presence.gone("k0", "somebody");
    presence.here("one more", "somebody");
    assertThat(reader.next(Duration.ZERO)).contains("one more").doesNotContain("k0=");
  }
}
