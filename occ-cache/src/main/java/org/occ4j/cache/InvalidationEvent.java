/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** An invalidation, as it was applied here, in a flight recording. */
@Name(InvalidationEvent.NAME)
@Label("Cache Invalidation")
@Description("Tags, a key or everything made void or stale, whoever asked for it")
@Category({"occ4j", "Tagged Cache"})
@StackTrace(false)
final class InvalidationEvent extends Event {
  static final String NAME = "org.occ4j.cache.Invalidation";

  @Label("Cache")
  String cache = "";

  @Label("What")
  String what = "";

  @Label("Hard")
  boolean hard;

  /** Records an invalidation if somebody wants that; {@code what} is turned into text only then. */
  static void record(String cache, Object what, boolean hard) {
    if (!FlightRecorder.isInitialized()) {
      return; // the first event would start up the recorder, for nobody
    }
    InvalidationEvent event = new InvalidationEvent();
    if (event.shouldCommit()) {
      event.cache = cache;
      event.what = what.toString();
      event.hard = hard;
      event.commit();
    }
  }
}
