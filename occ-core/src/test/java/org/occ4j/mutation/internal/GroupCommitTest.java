/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutation.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.occ4j.testkit.Patience.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.occ4j.Ticker;
import org.occ4j.testkit.Concurrently;
import org.occ4j.testkit.FakeTicker;
import org.occ4j.testkit.Running;

/** Who is sent with whom, in which order, and what happens to those who give up. */
@Timeout(120)
class GroupCommitTest {
  private static final long FOR_EVER = Long.MAX_VALUE;

  /** What was sent, in order; each batch waits for a permit. */
  private final List<List<String>> sent = new CopyOnWriteArrayList<>();

  private final BlockingQueue<List<String>> begun = new LinkedBlockingQueue<>();
  private final Semaphore mayEnd = new Semaphore(0);
  private final PipelineRecorder recorder = new PipelineRecorder(Ticker.system());

  private GroupCommit<String> group(int places, int maxWaiting) {
    return new GroupCommit<>(this::send, places, maxWaiting, Ticker.system(), recorder);
  }

  private List<String> send(List<String> batch) {
    sent.add(batch);
    begun.add(batch);
    mayEnd.acquireUninterruptibly();
    return List.of();
  }

  private static String keyOf(String request) {
    return request.substring(0, 1);
  }

  private Running<String> start(GroupCommit<String> group, String request) {
    return start(group, request, false, FOR_EVER);
  }

  private static Running<String> start(
      GroupCommit<String> group, String request, boolean alone, long patience) {
    return Running.start(
        () -> {
          group.run(keyOf(request), request, alone, patience);
          return request;
        });
  }

  private void waiting(GroupCommit<String> group, int requests) {
    await().until(group::waiting, count -> count == requests);
  }

  @Test
  void run_freeKeyAndPlace_isSentAtOnceAndAlone() throws Exception {
    mayEnd.release(2);
    GroupCommit<String> group = group(1, 10);
    group.run("a", "a1", false, FOR_EVER);
    group.run("a", "a2", false, FOR_EVER);
    assertThat(sent).containsExactly(List.of("a1"), List.of("a2"));
    assertThat(group.waiting()).isZero();
  }

  @Test
  void run_sameKey_gathersInOrderWhileOneIsUnderWay() throws Exception {
    GroupCommit<String> group = group(8, 10);
    List<Running<String>> callers = new ArrayList<>(List.of(start(group, "a1")));
    begun.take();
    for (int i = 2; i <= 4; i++) {
      callers.add(start(group, "a" + i));
      waiting(group, i - 1);
    }
    mayEnd.release(2);
    for (Running<String> caller : callers) {
      caller.result();
    }
    assertThat(sent).containsExactly(List.of("a1"), List.of("a2", "a3", "a4"));
  }

  @Test
  void run_noPlace_gathersDifferentKeysInTheOrderInWhichTheyBecameReady() throws Exception {
    GroupCommit<String> group = group(1, 10);
    List<Running<String>> callers = new ArrayList<>(List.of(start(group, "a1")));
    begun.take();
    int waits = 0;
    for (String request : List.of("c1", "b1", "a2", "c2")) {
      callers.add(start(group, request));
      waiting(group, ++waits);
    }
    mayEnd.release(2);
    for (Running<String> caller : callers) {
      caller.result();
    }
    assertThat(sent).containsExactly(List.of("a1"), List.of("c1", "c2", "b1", "a2"));
  }

  /** GROUP-2: the bound on waiting. */
  @Test
  void run_hotKeyBesideOthers_eachKeyIsServedOnceBeforeTheHotOneComesAgain() throws Exception {
    GroupCommit<String> group = group(1, 1000);
    List<Running<String>> callers = new ArrayList<>(List.of(start(group, "h0")));
    begun.take();
    int hot = 2 * GroupCommit.PER_KEY;
    for (int i = 1; i <= hot; i++) {
      callers.add(start(group, "h" + i));
    }
    waiting(group, hot);
    callers.add(start(group, "b1"));
    waiting(group, hot + 1);
    mayEnd.release(10);
    for (Running<String> caller : callers) {
      caller.result();
    }
    int ofOther =
        IntStream.range(0, sent.size())
            .filter(i -> sent.get(i).contains("b1"))
            .findFirst()
            .orElseThrow();
    assertThat(ofOther).isLessThanOrEqualTo(2);
    assertThat(sent)
        .allSatisfy(batch -> assertThat(batch.size()).isLessThanOrEqualTo(GroupCommit.PER_BATCH));
  }

  @Test
  void run_alone_sharesNothingAndNeedsNoPlace() throws Exception {
    GroupCommit<String> group = group(1, 10);
    Running<String> first = start(group, "a1");
    begun.take();
    Running<String> other = start(group, "b1", true, FOR_EVER);
    assertThat(begun.take()).containsExactly("b1");
    Running<String> behind = start(group, "a2", true, FOR_EVER);
    waiting(group, 1);
    Running<String> last = start(group, "a3");
    waiting(group, 2);
    mayEnd.release(4);
    for (Running<String> caller : List.of(first, other, behind, last)) {
      caller.result();
    }
    assertThat(sent)
        .containsExactlyInAnyOrder(List.of("a1"), List.of("b1"), List.of("a2"), List.of("a3"));
  }

  @Test
  void run_timeIsOverWhileWaiting_leavesTheQueueAndIsNeverSent() throws Exception {
    GroupCommit<String> group = group(1, 10);
    Running<String> first = start(group, "a1");
    begun.take();
    assertThatThrownBy(() -> group.run("a", "a2", false, 1)).isInstanceOf(TimeoutException.class);
    assertThatThrownBy(() -> group.run("b", "b1", false, 1)).isInstanceOf(TimeoutException.class);
    assertThat(group.waiting()).isZero();
    mayEnd.release(3);
    first.result();
    group.run("b", "b2", false, FOR_EVER);
    assertThat(sent).containsExactly(List.of("a1"), List.of("b2"));
  }

  @Test
  void run_timeIsOverWhileAnotherThreadSends_isUnderWay() throws Exception {
    FakeTicker ticker = new FakeTicker();
    Duration patience = Duration.ofMillis(50);
    GroupCommit<String> group = new GroupCommit<>(this::send, 1, 10, ticker, recorder);
    Running<String> first = start(group, "a1");
    begun.take();
    Running<String> sender = start(group, "a2");
    waiting(group, 1);
    Running<String> passenger = start(group, "a3", false, patience.toNanos());
    waiting(group, 2);
    mayEnd.release(1);
    assertThat(begun.take()).containsExactly("a2", "a3");
    ticker.advance(patience);
    assertThatThrownBy(passenger::result).isInstanceOf(GroupCommit.UnderWayException.class);
    mayEnd.release(1);
    first.result();
    sender.result();
  }

  @Test
  void run_interruptedWhileWaiting_leavesTheQueue() throws Exception {
    GroupCommit<String> group = group(1, 10);
    Running<String> first = start(group, "a1");
    begun.take();
    Running<String> second = start(group, "a2");
    waiting(group, 1);
    second.interrupt();
    assertThatThrownBy(second::result).isInstanceOf(InterruptedException.class);
    assertThat(group.waiting()).isZero();
    mayEnd.release(1);
    first.result();
    assertThat(sent).containsExactly(List.of("a1"));
  }

  @Test
  void run_tooManyWait_isRefused() throws Exception {
    GroupCommit<String> group = group(1, 1);
    Running<String> first = start(group, "a1");
    begun.take();
    Running<String> second = start(group, "a2");
    waiting(group, 1);
    assertThatThrownBy(() -> group.run("b", "b1", false, FOR_EVER))
        .isInstanceOf(GroupCommit.FullException.class);
    mayEnd.release(2);
    first.result();
    second.result();
  }

  @Test
  void run_senderFails_everybodyGoesOn() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    GroupCommit<String> group =
        new GroupCommit<>(
            batch -> {
              send(batch);
              if (calls.incrementAndGet() == 2) {
                throw new IllegalStateException("bug");
              }
              return List.of();
            },
            1,
            10,
            Ticker.system(),
            recorder);
    Running<String> first = start(group, "a1");
    begun.take();
    Running<String> second = start(group, "a2");
    waiting(group, 1);
    Running<String> third = start(group, "a3");
    waiting(group, 2);
    mayEnd.release(3);
    first.result();
    assertThatThrownBy(second::result).isInstanceOf(IllegalStateException.class);
    third.result();
    group.run("a", "a4", false, FOR_EVER);
    assertThat(sent).hasSize(3);
  }

  /** GROUP-5. */
  @Test
  void run_handedBack_goesAloneAndNextOfItsKeyWhileTheOthersGoOn() throws Exception {
    GroupCommit<String> group =
        new GroupCommit<>(
            batch -> {
              if (batch.contains("d1")) {
                return List.of();
              }
              send(batch);
              return batch.size() == 1
                  ? List.of()
                  : batch.stream().filter(request -> keyOf(request).equals("b")).toList();
            },
            1,
            10,
            Ticker.system(),
            recorder);
    Running<String> first = start(group, "a1");
    begun.take();
    List<Running<String>> callers = new ArrayList<>();
    for (String request : List.of("a2", "b1", "b2", "c1")) {
      callers.add(start(group, request));
      waiting(group, callers.size());
    }
    mayEnd.release(2);
    first.result();
    callers.get(0).result();
    callers.get(3).result();
    Running<String> later = start(group, "b3");
    waiting(group, 2); // b2 and b3, behind b1, which is under way
    group.run("d", "d1", false, FOR_EVER); // b1 takes no place
    mayEnd.release(3);
    callers.get(1).result();
    callers.get(2).result();
    later.result();
    assertThat(sent)
        .containsExactly(
            List.of("a1"),
            List.of("b1", "b2", "c1", "a2"),
            List.of("b1"),
            List.of("b2"),
            List.of("b3"));
    assertThat(group.keys()).isZero();
    assertThat(recorder.snapshot().handedBack()).isEqualTo(2);
  }

  /** Time and interruption end the wait of one that was handed back as any other's. */
  @Test
  void run_handedBackAndOutOfTime_isNotSentAgain() throws Exception {
    FakeTicker ticker = new FakeTicker();
    GroupCommit<String> group =
        new GroupCommit<>(
            batch -> {
              send(batch);
              ticker.advance(Duration.ofSeconds(1));
              return batch.size() == 1 ? List.of() : batch;
            },
            1,
            10,
            ticker,
            recorder);
    Running<String> first = start(group, "a1");
    begun.take();
    Running<String> second = start(group, "a2", false, Duration.ofSeconds(2).toNanos());
    waiting(group, 1);
    Running<String> third = start(group, "a3");
    waiting(group, 2);
    mayEnd.release(3);
    first.result();
    assertThatThrownBy(second::result).isInstanceOf(TimeoutException.class);
    third.result();
    assertThat(sent).containsExactly(List.of("a1"), List.of("a2", "a3"), List.of("a3"));
    assertThat(group.keys()).isZero();
  }

  /**
   * GROUP-1, GROUP-4 and GROUP-5 under many threads: every request once, no key twice at a time.
   */
  @Test
  void run_manyThreads_sendEachRequestOnceAndNoKeyBesideItself() throws Exception {
    AtomicInteger[] inside =
        IntStream.range(0, 4).mapToObj(i -> new AtomicInteger()).toArray(AtomicInteger[]::new);
    AtomicInteger requests = new AtomicInteger();
    GroupCommit<String> group =
        new GroupCommit<>(
            batch -> {
              List<Integer> keys =
                  batch.stream().map(one -> one.charAt(0) - 'a').distinct().toList();
              keys.forEach(key -> assertThat(inside[key].incrementAndGet()).isOne());
              List<String> handedBack =
                  batch.size() == 1
                      ? List.of()
                      : batch.stream().filter(one -> one.endsWith("7")).toList();
              requests.addAndGet(batch.size() - handedBack.size());
              Thread.onSpinWait();
              keys.forEach(key -> inside[key].decrementAndGet());
              return handedBack;
            },
            2,
            1000,
            Ticker.system(),
            recorder);
    int threads = 16;
    int each = 200;
    Concurrently.threads(threads)
        .run(
            runner -> {
              for (int i = 0; i < each; i++) {
                String key = String.valueOf((char) ('a' + i % 4));
                group.run(key, key + i, i % 50 == 0, FOR_EVER);
              }
              return null;
            })
        .values();
    assertThat(requests).hasValue(threads * each);
    assertThat(group.waiting()).isZero();
    assertThat(group.keys()).isZero();
  }
}
