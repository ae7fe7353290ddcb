/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.lease;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/** A hold that was lost before it was closed. */
@Name("org.occ4j.LeaseLost")
@Label("Lease Lost")
@Category({"occ4j", "Mutex"})
@Description("A hold of a mutex over JDBC that ended before it was closed")
@StackTrace(false) // it would be that of whoever noticed
@SuppressWarnings("unused") // the recorder reads the fields
final class LeaseLostEvent extends Event {
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
