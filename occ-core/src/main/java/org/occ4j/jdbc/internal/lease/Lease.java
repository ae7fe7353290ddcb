/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.lease;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.occ4j.mutex.Hold;
import org.occ4j.mutex.LossReason;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A hold over JDBC: one or more rows with the nonce of one acquisition.
 *
 * <p>It is <i>open</i> until it is either <i>closed</i> or <i>lost</i>, once and for good. The
 * local deadline is counted from before the statement was sent and ends earlier than the lease by a
 * margin for clocks that run at different speeds, so the holder stops before the database lets
 * anybody else in. A lease past its deadline is lost even if a renewal arrives later (no
 * resurrection): whoever notices first, the renewer or a caller of {@code isValid}, says so.
 */
public final class Lease<T> implements Hold<T> {
  private static final Logger LOG = LoggerFactory.getLogger(LeaseOptions.LOGGER);

  /** A twentieth of the lease is kept as margin. */
  private static final int MARGIN_DIVISOR = 20;

  /**
   * A thousandth of the longest time of a hold, where that is more: clocks that are kept right do
   * not run apart faster.
   */
  private static final int LIMIT_MARGIN_DIVISOR = 1_000;

  /** Renewed when a third of it is gone, so that two attempts may fail. */
  private static final int RENEWALS_PER_LEASE = 3;

  /** LEASE-4: leaves {@code OPEN} once, and nothing else. */
  private enum Phase {
    OPEN(null),
    CLOSED(null),
    EXPIRED(LossReason.EXPIRED),
    STOLEN(LossReason.STOLEN),
    UNREACHABLE(LossReason.UNREACHABLE),
    SHUT_DOWN(LossReason.CLOSED);

    private final @Nullable LossReason reason;

    Phase(@Nullable LossReason reason) {
      this.reason = reason;
    }

    static Phase of(LossReason reason) {
      return switch (reason) {
        case EXPIRED -> EXPIRED;
        case STOLEN -> STOLEN;
        case UNREACHABLE -> UNREACHABLE;
        case CLOSED -> SHUT_DOWN;
      };
    }
  }

  /** So often, for some ten milliseconds, who sees a loss looks whether the turn was given up. */
  private static final int MOST_LOOKS = 200;

  private static final long LOOK_NANOS = 50_000;

  private final T key;
  private final String holder;
  private final List<LeaseKey> rows;
  private final String nonce;
  private final long token;
  private final LeaseOptions terms;
  private final long runBegan;

  /** Ticker time before the grant was asked for. */
  private final long granted;

  private final long warnAt;
  private final LeaseRenewer renewer;
  private final LeaseAcquisition.Turn turn;

  private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.OPEN);
  private final Queue<Consumer<LossReason>> listeners = new ConcurrentLinkedQueue<>();
  private volatile long endOfHold;
  private volatile long deadline;
  private volatile long expiry;
  private volatile long renewAt;

  /** A renewal was sent and has not been answered: it failed, or the database is silent. */
  private volatile boolean unanswered;

  /** A transaction of the user has, or had, the locks of the rows. */
  private volatile boolean guarded;

  /** The turn in this process was given up after a loss. */
  private volatile boolean nextIsLetIn;

  private final AtomicBoolean warned = new AtomicBoolean();

  /** Kept reachable as long as the lease is; see {@link LeaseLeaks}. */
  @SuppressWarnings("unused")
  private volatile @Nullable Object watch;

  /**
   * What the database granted.
   *
   * @param nonce in the rows
   * @param token the fencing token
   * @param sentAt the ticker's reading before the statement was sent
   * @param runBegan when this node got the key from another
   */
  record Grant(String nonce, long token, long sentAt, long runBegan) {}

  /** A lease that was granted. */
  Lease(
      LeaseAcquisition.Wanted<T> wanted,
      Grant grant,
      LeaseRenewer renewer,
      LeaseAcquisition.Turn turn) {
    this.key = wanted.key();
    this.holder = wanted.holder();
    this.rows = wanted.rows();
    this.nonce = grant.nonce();
    this.token = grant.token();
    this.terms = wanted.terms();
    this.runBegan = grant.runBegan();
    long sentAt = grant.sentAt();
    this.granted = sentAt;
    this.endOfHold = sentAt + LeaseRenewer.nanos(terms.maxHold());
    this.warnAt = sentAt + LeaseRenewer.nanos(terms.warnAfter());
    this.renewer = renewer;
    this.turn = turn;
    this.expiry = sentAt;
    countFrom(sentAt, LeaseRenewer.nanos(terms.granted()));
  }

  /**
   * LEASE-3: from before the statement was sent, less the margin; the row's expiry comes later. No
   * statement shortens a lease, so an earlier one that made it last longer still counts.
   */
  private void countFrom(long sentAt, long nanos) {
    long end = sentAt + nanos;
    boolean last = endOfHold - end <= 0;
    long candidate = last ? endOfHold : end;
    if (candidate - expiry > 0) {
      long margin = nanos / MARGIN_DIVISOR;
      long limitMargin = last ? (endOfHold - granted) / LIMIT_MARGIN_DIVISOR : 0;
      expiry = candidate;
      deadline = candidate - Math.max(margin, limitMargin);
    }
    long length = LeaseRenewer.nanos(terms.granted());
    // Not before a renewal would make it last longer, and never if it lasts as long as it may.
    renewAt = last ? endOfHold + length : expiry - length + length / RENEWALS_PER_LEASE;
  }

  @Override
  public T key() {
    return key;
  }

  @Override
  public long fencingToken() {
    return token;
  }

  @Override
  public boolean isValid() {
    if (phase() == Phase.OPEN && !expire()) {
      return true;
    }
    // Who sees the loss may ask for the key at once, and must not be told that somebody has it
    // because the thread that noticed the loss has not given up the turn yet. Not for ever: that
    // thread may be the one that asks.
    for (int i = 0; lossReason() != null && !nextIsLetIn && i < MOST_LOOKS; i++) {
      LockSupport.parkNanos(this, LOOK_NANOS);
    }
    return false;
  }

  @Override
  public Duration remaining() {
    long left = deadline - renewer.now();
    return isValid() && left > 0 ? Duration.ofNanos(left) : Duration.ZERO;
  }

  @Override
  public Hold<T> onLost(Consumer<LossReason> listener) {
    listeners.add(Objects.requireNonNull(listener, "listener"));
    tellListeners();
    return this;
  }

  @Override
  public boolean extend(Duration length) {
    if (length.isNegative() || length.isZero()) {
      throw new IllegalArgumentException("length must be positive: " + length);
    }
    return isValid() && renewer.extend(this, length);
  }

  /** The rows were found to be ours, and to last for so long from {@code sentAt} on. */
  boolean extended(long sentAt, Duration length) {
    if (phase() != Phase.OPEN || expire()) { // LEASE-4
      return false;
    }
    unanswered = false;
    long end = sentAt + LeaseRenewer.nanos(length);
    if (end - endOfHold > 0) {
      endOfHold = end;
    }
    countFrom(sentAt, LeaseRenewer.nanos(length));
    return true;
  }

  @Override
  public void releaseAfter(Duration delay) {
    if (delay.isNegative()) {
      throw new IllegalArgumentException("delay must not be negative: " + delay);
    }
    if (delay.isZero()) {
      close();
    } else if (isValid() && phase.compareAndSet(Phase.OPEN, Phase.CLOSED)) {
      renewer.forget(this);
      warnIfLong();
      try {
        renewer.releaseRowsAfter(this, delay);
      } finally {
        turn.letNextIn().run();
      }
    }
  }

  @Override
  public void close() {
    if (phase.compareAndSet(Phase.OPEN, Phase.CLOSED)) {
      renewer.forget(this); // LEASE-6: no renewal from here on
      warnIfLong();
      try {
        leave();
      } finally {
        turn.letNextIn().run();
      }
    }
  }

  /** Leaves the row to a thread of this process that waits for it, or releases it. */
  private void leave() {
    boolean wanted = rows.size() == 1 && turn.othersWait().getAsBoolean();
    if (wanted && mayHandOn()) {
      renewer.leave(new LocalHandoff.Handoff(rows.get(0), nonce, runBegan, renewer.now()));
      return;
    }
    renewer.releaseRows(this);
    if (wanted) {
      renewer.leave(new LocalHandoff.Handoff(rows.get(0), null, runBegan, renewer.now()));
    }
  }

  /** LEASE-12: not for ever, not if the next one would have to hurry, and not past a guard. */
  private boolean mayHandOn() {
    long now = renewer.now();
    return !guarded
        && now - runBegan < LocalHandoff.LONGEST_RUN_NANOS
        && expiry - now > LeaseRenewer.nanos(terms.granted()) / 2;
  }

  /** Ends the hold against its owner's will; false if it had ended before. */
  boolean lose(LossReason reason) {
    // A renewal may be done when it is too late. Left behind before anybody sees the loss, or who
    // sees it and asks for the key takes this process for somebody else.
    boolean mayStay = isOpen() && unanswered && reason != LossReason.STOLEN;
    if (mayStay) {
      renewer.leaveRemains(rows, nonce, terms.granted());
    }
    if (!phase.compareAndSet(Phase.OPEN, Phase.of(reason))) {
      return false;
    }
    try {
      turn.letNextIn().run();
    } finally {
      nextIsLetIn = true;
    }
    renewer.forget(this);
    renewer.tellOfLoss(this, reason);
    LOG.info("The hold on {} by {} was lost: {}", key, holder, reason);
    renewer.work(this::tellListeners);
    return true;
  }

  boolean isOpen() {
    return phase() == Phase.OPEN;
  }

  /** Whether it was lost, and why; null while open and after a close. */
  public @Nullable LossReason lossReason() {
    return phase().reason;
  }

  /** Says once that the hold lasts long, if it does. */
  void warnIfLong() {
    if (warnAt - renewer.now() <= 0 && warned.compareAndSet(false, true)) {
      LOG.warn("The hold on {} by {} lasts longer than {}", key, holder, terms.warnAfter());
    }
  }

  /** Loses the hold if its deadline has come. */
  boolean expire() {
    long now = renewer.now();
    if (deadline - now > 0) {
      return false;
    }
    boolean silent = unanswered && endOfHold - now > 0;
    lose(silent ? LossReason.UNREACHABLE : LossReason.EXPIRED);
    return true;
  }

  /** The rows were found to be ours after {@code sentAt}; false if that came too late. */
  boolean renewed(long sentAt) {
    if (phase() != Phase.OPEN
        || expire()) { // LEASE-4: too late is lost, whatever the database says
      return false;
    }
    unanswered = false;
    countFrom(sentAt, LeaseRenewer.nanos(terms.granted()));
    return true;
  }

  /** A renewal is about to be sent. */
  void renewalSent() {
    unanswered = true;
  }

  /** The database answered that the rows are ours, but a guard had their locks. */
  void passedOver(long retryAt) {
    unanswered = false;
    renewAt = retryAt;
  }

  /** From now on a transaction of the user may have the locks of the rows. */
  public void guarded() {
    guarded = true;
  }

  boolean isGuarded() {
    return guarded;
  }

  void watchedBy(Object leakWatch) {
    this.watch = leakWatch;
  }

  /** Whether it was granted to the node of this renewer. */
  public boolean isKeptBy(LeaseRenewer candidate) {
    return renewer == candidate;
  }

  /** A renewal failed; it is tried again soon. */
  void renewalFailed(long retryAt) {
    renewAt = retryAt;
  }

  private Phase phase() {
    return Objects.requireNonNull(phase.get());
  }

  long renewAt() {
    return renewAt;
  }

  long deadline() {
    return deadline;
  }

  /** The rows that it holds. */
  public List<LeaseKey> rows() {
    return rows;
  }

  /** What tells its rows from those of every other grant. */
  public String nonce() {
    return nonce;
  }

  /** Who acquired it, for operators. */
  String holder() {
    return holder;
  }

  /** How long it lasts from each renewal on. */
  Duration length() {
    return terms.granted();
  }

  /** How long after its grant it may be renewed for. */
  Duration most() {
    return terms.maxHold();
  }

  /**
   * The ticker's reading at which the lease has ended at the earliest, had nobody renewed it since.
   */
  long expiry() {
    return expiry;
  }

  /** Each listener is taken from the queue before it is told, so none hears twice. */
  private void tellListeners() {
    LossReason reason = lossReason();
    if (reason == null) {
      return;
    }
    for (Consumer<LossReason> next = listeners.poll(); next != null; next = listeners.poll()) {
      try {
        next.accept(reason);
      } catch (RuntimeException thrown) {
        LOG.warn("A listener for the loss of {} failed", key, thrown);
      }
    }
  }

  @Override
  public String toString() {
    return "Hold[" + key + ", token " + token + ", " + phase() + "]";
  }
}
