/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;
import org.jspecify.annotations.Nullable;

/** A call of a loader in a flight recording. */
@Name(LoadEvent.NAME)
@Label("Cache Load")
@Description("A call of a loader that took longer than the threshold")
@Category({"occ4j", "Tagged Cache"})
@Threshold("20 ms")
@StackTrace(false)
final class LoadEvent extends Event {
  static final String NAME = "org.occ4j.cache.Load";

  /** An event that has begun, or null if nobody records: the first would start up the recorder. */
  static @Nullable LoadEvent begun() {
    if (!FlightRecorder.isInitialized()) {
      return null;
    }
    LoadEvent event = new LoadEvent();
    event.begin();
    return event;
  }

  @Label("Cache")
  String cache = "";

  @Label("First Key")
  String key = "";

  @Label("Number of Keys")
  int keys;

  @Label("Succeeded")
  boolean succeeded;
}
