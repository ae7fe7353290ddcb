/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jcstress.pipeline;

import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.occ4j.Ticker;
import org.occ4j.mutation.internal.GroupCommit;
import org.occ4j.mutation.internal.PipelineRecorder;

/** As much of a group of callers as the races need: requests of one key. */
interface SmallGroup {

  /** Longer than any turn takes; a request that ends by it was forgotten. */
  Duration FORGOTTEN = Duration.ofMillis(500);

  /** Has the request sent, by this thread or another; false if the time was over first. */
  boolean run(String request, Duration patience);

  /** What was sent so far. */
  Sent sent();

  /** What the caller is told, as a word. */
  default String told(String request, Duration patience) {
    return run(request, patience) ? "sent" : "out of time";
  }

  /** Where the requests go. */
  final class Sent {
    private final Queue<String> requests = new ConcurrentLinkedQueue<>();
    private final AtomicInteger inside = new AtomicInteger();
    private volatile boolean together;

    /** Sends, which takes its time. */
    @SuppressWarnings("ThreadPriorityCheck") // no result rests on it
    void send(List<String> batch) {
      if (inside.incrementAndGet() > 1) {
        together = true;
      }
      Thread.yield();
      requests.addAll(batch);
      inside.decrementAndGet();
    }

    /** The requests in their order, and whether two were under way at once. */
    String words() {
      return (together ? "together " : "") + String.join(" ", requests);
    }
  }

  /** The library's group. */
  static SmallGroup library() {
    return new Library(new Sent());
  }

  /** The library in these words. */
  final class Library implements SmallGroup {
    private static final PipelineRecorder RECORDER = new PipelineRecorder(Ticker.system());

    private final Sent sent;
    private final GroupCommit<String> group;

    private Library(Sent sent) {
      this.sent = sent;
      this.group = new GroupCommit<>(this::send, 2, 10, Ticker.system(), RECORDER);
    }

    private List<String> send(List<String> batch) {
      sent.send(batch);
      return List.of();
    }

    @Override
    public boolean run(String request, Duration patience) {
      try {
        group.run("a", request, false, patience.toNanos());
        return true;
      } catch (TimeoutException outOfTime) {
        return false;
      } catch (GroupCommit.FullException
          | GroupCommit.UnderWayException
          | InterruptedException impossible) {
        throw new IllegalStateException(impossible);
      }
    }

    @Override
    public Sent sent() {
      return sent;
    }
  }
}
