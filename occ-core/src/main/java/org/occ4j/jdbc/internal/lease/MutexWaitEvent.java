/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.lease;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Threshold;
import org.jspecify.annotations.Nullable;

/** An acquisition that took long; the threshold is a setting of the recording. */
@Name("org.occ4j.MutexWait")
@Label("Mutex Wait")
@Category({"occ4j", "Mutex"})
@Description("An acquisition of a key of a mutex over JDBC, waits in this process included")
@Threshold("20 ms")
@SuppressWarnings("unused") // the recorder reads the fields
final class MutexWaitEvent extends Event {
  @Label("Namespace")
  @Nullable String namespace;

  @Label("Key")
  @Nullable String key;

  @Label("Granted")
  @Description("False after a time-out, an interrupt or an error")
  boolean granted;
}
