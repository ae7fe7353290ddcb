/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutation.internal;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.occ4j.Ticker;

/**
 * Lets callers send requests one at a time per key, and together where they would only wait for
 * each other: group commit.
 *
 * <p>There are no threads and no timers here. A caller who finds its key free and a sender's place
 * free sends at once, alone. Else it waits, and when a place becomes free, its thread or that of
 * another waiting caller sends what has gathered: the requests of several keys, of each key in the
 * order in which they came.
 *
 * <ul>
 *   <li><b>GROUP-1</b> At most one batch with requests of a key is under way, so the requests of a
 *       key are carried out in their order and never beside each other.
 *   <li><b>GROUP-2</b> Keys that have requests waiting are served in the order in which they became
 *       ready, and a key whose batch has ended goes behind all others. So a request waits for at
 *       most {@code ceil(position / PER_KEY)} batches of its key, and before each of them for at
 *       most one batch of every key that was ready before it.
 *   <li><b>GROUP-3</b> A place is free only if no key is ready: whoever frees a place hands it on
 *       under the same lock. A request that goes alone needs the key and no place.
 *   <li><b>GROUP-4</b> A request is either withdrawn by its caller or taken into a batch, never
 *       both. One that was taken is settled by its sender, whatever becomes of the sender's own, or
 *       handed back.
 *   <li><b>GROUP-5</b> A request that was handed back is the next of its key, goes alone, sent by
 *       its own caller, and is not handed back again. So nobody waits for what holds it up but its
 *       key.
 * </ul>
 *
 * <p>The idea of sharing one flush among all who wait is that of DeWitt et al., "Implementation
 * techniques for main memory database systems" (1984).
 *
 * @param <R> the requests
 */
public final class GroupCommit<R> {

  /** So many requests of one key are taken at once. */
  static final int PER_KEY = 64;

  /** So many requests are taken at once. */
  static final int PER_BATCH = 64;

  /** Carries requests out; it settles each of them, or hands it back, and throws nothing. */
  public interface Sender<R> {

    /**
     * Sends requests, those of one key in the order in which they stand here.
     *
     * @return those of which nothing was done and for which nobody else is to wait, in the order in
     *     which they stand here; of a batch of one nothing is handed back
     */
    List<R> send(List<R> batch);
  }

  /** The queue is full; nothing was done. */
  public static final class FullException extends Exception {
    private static final long serialVersionUID = 1L;

    FullException() {
      super("too many requests are waiting", null, false, false);
    }
  }

  /** The time was over, or the caller was interrupted, when the request was already under way. */
  public static final class UnderWayException extends Exception {
    private static final long serialVersionUID = 1L;

    UnderWayException() {
      super("the request is under way", null, false, false);
    }
  }

  private enum State {
    /** In the queue of its key. */
    WAITING,
    /** In a batch. */
    TAKEN,
    /** In a batch that its thread has to send. */
    APPOINTED,
    /** Settled. */
    DONE,
    /** Out of time before it was taken. */
    EXPIRED
  }

  /** One request and who waits for it. Its fields are guarded by the lock, but for its state. */
  private static final class Ticket<R> {
    final R request;
    final KeyQueue<R> queue;
    final Thread thread = Thread.currentThread();
    final long entered;
    final long deadline;
    final boolean expires;
    boolean alone;
    volatile State state = State.WAITING;
    @Nullable Batch<R> batch;

    Ticket(R request, KeyQueue<R> queue, boolean alone, long entered, long patienceNanos) {
      this.alone = alone;
      this.entered = entered;
      this.request = request;
      this.queue = queue;
      this.expires = patienceNanos != Long.MAX_VALUE;
      this.deadline = entered + patienceNanos;
    }
  }

  /** The requests of a key that wait. */
  private static final class KeyQueue<R> {
    final String key;
    final ArrayDeque<Ticket<R>> waiting = new ArrayDeque<>(2);

    KeyQueue(String key) {
      this.key = key;
    }
  }

  /** What is sent at once. */
  private record Batch<R>(List<KeyQueue<R>> keys, List<Ticket<R>> tickets) {

    boolean needsPlace() {
      return !tickets.get(0).alone;
    }
  }

  private final Sender<R> sender;
  private final AdaptiveLimit places;
  private final int maxWaiting;
  private final Ticker ticker;
  private final PipelineRecorder recorder;

  private final ReentrantLock lock = new ReentrantLock();

  /** The queues of keys that have a request here, waiting or under way. */
  private final Map<String, KeyQueue<R>> queues = new HashMap<>();

  /** Those that have requests waiting and none under way. */
  private final ArrayDeque<KeyQueue<R>> ready = new ArrayDeque<>();

  private int sending;
  private int waiting;

  /**
   * A group.
   *
   * @param places how many batches may be under way at once, at most
   * @param maxWaiting how many requests may wait
   * @param recorder is told how long requests waited, and how many were sent at once
   */
  public GroupCommit(
      Sender<R> sender, int places, int maxWaiting, Ticker ticker, PipelineRecorder recorder) {
    this.recorder = recorder;
    this.sender = sender;
    this.places = new AdaptiveLimit(places);
    this.maxWaiting = maxWaiting;
    this.ticker = ticker;
  }

  /**
   * Has a request carried out, by this thread or another caller's, and returns when it is settled.
   *
   * @param alone whether it shares no batch and takes no place, and is sent by this thread
   * @param patienceNanos how long to wait for it to be taken; {@link Long#MAX_VALUE} for ever
   * @throws FullException if too many wait; nothing was done
   * @throws TimeoutException if the time was over first; nothing was done
   * @throws InterruptedException if the thread was interrupted while the request waited; nothing
   *     was done
   * @throws UnderWayException if the time was over, or the thread was interrupted, while another
   *     thread had the request under way; the interrupt is kept
   */
  public void run(String key, R request, boolean alone, long patienceNanos)
      throws FullException, TimeoutException, InterruptedException, UnderWayException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    Ticket<R> ticket = enter(key, request, alone, patienceNanos);
    while (true) {
      switch (ticket.state) {
        case DONE -> {
          return;
        }
        case EXPIRED -> throw new TimeoutException();
        case APPOINTED -> sendOff(ticket);
        default -> await(ticket);
      }
    }
  }

  /** How many requests wait. */
  public int waiting() {
    lock.lock();
    try {
      return waiting;
    } finally {
      lock.unlock();
    }
  }

  /** How many keys are known here: none, when nobody is. */
  int keys() {
    lock.lock();
    try {
      return queues.size();
    } finally {
      lock.unlock();
    }
  }

  // Entering and waiting.

  private Ticket<R> enter(String key, R request, boolean alone, long patienceNanos)
      throws FullException {
    long now = ticker.nanos();
    lock.lock();
    try {
      KeyQueue<R> queue = queues.get(key);
      boolean free = queue == null;
      if (!(free && (alone || sending < places.get())) && waiting >= maxWaiting) {
        throw new FullException();
      }
      if (queue == null) {
        queue = new KeyQueue<>(key);
        queues.put(key, queue);
      }
      Ticket<R> ticket = new Ticket<>(request, queue, alone, now, patienceNanos);
      queue.waiting.add(ticket);
      waiting++;
      if (free) {
        makeReady(queue);
        handOutPlaces();
      }
      return ticket;
    } finally {
      lock.unlock();
    }
  }

  private void await(Ticket<R> ticket) throws InterruptedException, UnderWayException {
    if (!ticket.expires) {
      LockSupport.park(this);
    } else {
      long left = ticket.deadline - ticker.nanos();
      if (left > 0) {
        LockSupport.parkNanos(this, left);
      } else {
        giveUp(ticket);
        return; // It is out of time, or settled, or ours to send.
      }
    }
    if (Thread.interrupted()) {
      try {
        giveUp(ticket);
      } catch (UnderWayException underWay) {
        Thread.currentThread().interrupt();
        throw underWay;
      }
      if (ticket.state == State.EXPIRED) {
        throw new InterruptedException();
      }
      Thread.currentThread().interrupt(); // It is settled, or ours to send.
    }
  }

  /** Withdraws a request that nobody has taken (GROUP-4). Returns also if it is ours to send. */
  private void giveUp(Ticket<R> ticket) throws UnderWayException {
    lock.lock();
    try {
      switch (ticket.state) {
        case WAITING -> {
          ticket.queue.waiting.remove(ticket);
          waiting--;
          ticket.state = State.EXPIRED;
          forgetIfEmpty(ticket.queue);
        }
        case TAKEN -> throw new UnderWayException();
        default -> {}
      }
    } finally {
      lock.unlock();
    }
  }

  /** Forgets a key that was ready and of which nothing waits any longer. */
  private void forgetIfEmpty(KeyQueue<R> queue) {
    if (queue.waiting.isEmpty() && ready.remove(queue)) {
      queues.remove(queue.key);
    }
  }

  // Sending.

  private void sendOff(Ticket<R> appointed) {
    Batch<R> batch = Objects.requireNonNull(appointed.batch);
    // An interrupt is this caller's; it must not break what the thread does for the others.
    boolean interrupted = Thread.interrupted();
    List<R> handedBack = List.of();
    try {
      handedBack = sender.send(batch.tickets().stream().map(ticket -> ticket.request).toList());
    } finally {
      ended(batch, handedBack);
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void ended(Batch<R> batch, List<R> handedBack) {
    lock.lock();
    try {
      if (batch.needsPlace()) {
        learn(batch);
        sending--;
      }
      end(batch.tickets(), handedBack);
      batch.keys().forEach(this::makeReady); // GROUP-2: behind all others.
      handOutPlaces(); // GROUP-3
    } finally {
      lock.unlock();
    }
    for (Ticket<R> ticket : batch.tickets()) {
      if (ticket.thread != Thread.currentThread()) {
        LockSupport.unpark(ticket.thread);
      }
    }
  }

  /** From the last to the first, so that those handed back keep their order (GROUP-5). */
  private void end(List<Ticket<R>> tickets, List<R> handedBack) {
    int left = handedBack.size();
    recorder.handedBack(left);
    for (int i = tickets.size() - 1; i >= 0; i--) {
      Ticket<R> ticket = tickets.get(i);
      if (left > 0 && ticket.request == handedBack.get(left - 1)) {
        left--;
        ticket.alone = true;
        ticket.state = State.WAITING;
        ticket.queue.waiting.addFirst(ticket);
        waiting++;
      } else {
        ticket.state = State.DONE;
      }
    }
  }

  private void learn(Batch<R> batch) {
    long now = ticker.nanos();
    long inAll = 0;
    for (Ticket<R> ticket : batch.tickets()) {
      inAll += now - ticket.entered;
    }
    places.settled(batch.tickets().size(), inAll, sending, now);
    recorder.limited(places.get());
  }

  /** A key of which nothing is under way: it is forgotten, or ready, or sent if it goes alone. */
  private void makeReady(KeyQueue<R> queue) {
    dropExpired(queue);
    Ticket<R> first = queue.waiting.peek();
    if (first == null) {
      queues.remove(queue.key);
    } else if (first.alone) {
      queue.waiting.remove();
      appoint(new Batch<>(List.of(queue), List.of(first)));
    } else {
      ready.add(queue);
    }
  }

  private void dropExpired(KeyQueue<R> queue) {
    Ticket<R> first = queue.waiting.peek();
    while (first != null && first.expires && first.deadline - ticker.nanos() <= 0) {
      queue.waiting.remove();
      waiting--;
      first.state = State.EXPIRED;
      LockSupport.unpark(first.thread);
      first = queue.waiting.peek();
    }
  }

  /** Forms batches of what is ready, as long as there is a place. */
  private void handOutPlaces() {
    while (sending < places.get() && !ready.isEmpty()) {
      Batch<R> batch = nextBatch();
      if (!batch.tickets().isEmpty()) {
        sending++;
        appoint(batch);
      }
    }
  }

  /** Has the first caller of a batch send it. */
  private void appoint(Batch<R> batch) {
    waiting -= batch.tickets().size();
    Ticket<R> first = batch.tickets().get(0);
    first.batch = batch;
    recorder.batched(batch.tickets().size());
    long now = ticker.nanos();
    for (Ticket<R> ticket : batch.tickets()) {
      recorder.waited(now - ticket.entered);
      ticket.state = State.TAKEN;
    }
    first.state = State.APPOINTED;
    if (first.thread != Thread.currentThread()) {
      LockSupport.unpark(first.thread);
    }
  }

  private Batch<R> nextBatch() {
    Batch<R> batch = new Batch<>(new ArrayList<>(2), new ArrayList<>());
    while (!ready.isEmpty() && batch.tickets().size() < PER_BATCH) {
      KeyQueue<R> queue = ready.remove();
      int room = Math.min(PER_KEY, PER_BATCH - batch.tickets().size());
      if (take(queue, room, batch.tickets())) {
        batch.keys().add(queue);
      } else {
        makeReady(queue); // Out of time, all that stood before one that goes alone.
      }
    }
    return batch;
  }

  /** Takes what is in time, up to one that goes alone; false if that was none. */
  private boolean take(KeyQueue<R> queue, int room, List<Ticket<R>> into) {
    int before = into.size();
    dropExpired(queue);
    while (into.size() - before < room) {
      Ticket<R> first = queue.waiting.peek();
      if (first == null || first.alone) {
        break;
      }
      into.add(queue.waiting.remove());
      dropExpired(queue);
    }
    return into.size() > before;
  }
}
