/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.lease;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;
import org.jspecify.annotations.Nullable;
import org.occ4j.mutex.LossReason;

/**
 * What one namespace of mutexes tells the flight recorder. While nobody records, a wait costs the
 * look at a flag.
 *
 * <p>A runtime image may come without the recorder; then its classes are never touched.
 */
public final class LeaseEvents {
  private static final boolean RECORDER_IS_THERE =
      ModuleLayer.boot().findModule("jdk.jfr").isPresent();

  private final String namespace;

  LeaseEvents(String namespace) {
    this.namespace = namespace;
  }

  /** The first event of a process would start the recorder, for nobody. */
  private static boolean isRecorderAtWork() {
    return RECORDER_IS_THERE && FlightRecorder.isInitialized();
  }

  /** A wait begins; null if nobody records. */
  static @Nullable MutexWaitEvent waitBegins() {
    if (!isRecorderAtWork()) {
      return null;
    }
    MutexWaitEvent event = new MutexWaitEvent();
    if (!event.isEnabled()) {
      return null;
    }
    event.begin();
    return event;
  }

  /** The wait ends; recorded if it was longer than the recording's threshold. */
  public void waitEnded(@Nullable MutexWaitEvent event, Object key, boolean granted) {
    if (event == null) {
      return;
    }
    event.end();
    if (event.shouldCommit()) {
      event.namespace = namespace;
      event.key = String.valueOf(key);
      event.granted = granted;
      event.commit();
    }
  }

  void lost(Lease<?> lease, LossReason reason) {
    if (!isRecorderAtWork()) {
      return;
    }
    LeaseLostEvent event = new LeaseLostEvent();
    if (event.shouldCommit()) {
      event.namespace = namespace;
      event.key = String.valueOf(lease.key());
      event.holder = lease.holder();
      event.reason = reason.name();
      event.token = lease.fencingToken();
      event.commit();
    }
  }

  /** An acquisition that took long; the threshold is a setting of the recording. */
  @Name("org.occ4j.MutexWait")
  @Label("Mutex Wait")
  @Category({"occ4j", "Mutex"})
  @Description("An acquisition of a key of a mutex over JDBC, waits in this process included")
  @Threshold("20 ms")
  @SuppressWarnings("unused") // the recorder reads the fields
  public static final class MutexWaitEvent extends Event {
    @Label("Namespace")
    @Nullable String namespace;

    @Label("Key")
    @Nullable String key;

    @Label("Granted")
    @Description("False after a time-out, an interrupt or an error")
    boolean granted;
  }

  /** A hold that was lost before it was closed. */
  @Name("org.occ4j.LeaseLost")
  @Label("Lease Lost")
  @Category({"occ4j", "Mutex"})
  @Description("A hold of a mutex over JDBC that ended before it was closed")
  @StackTrace(false) // it would be that of whoever noticed
  @SuppressWarnings("unused") // the recorder reads the fields
  static final class LeaseLostEvent extends Event {
    @Label("Namespace")
    @Nullable String namespace;

    @Label("Key")
    @Nullable String key;

    @Label("Holder")
    @Nullable String holder;

    @Label("Reason")
    @Nullable String reason;

    @Label("Fencing Token")
    long token;
  }
}
