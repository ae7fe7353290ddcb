/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/**
 * Thrown by one part of the library to have a transaction rolled back on the way to another part,
 * which catches it. It never reaches a caller, and has no stack trace.
 */
public abstract class SignalException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  /** A signal, with what led to it. */
  protected SignalException(@Nullable String message, @Nullable Throwable cause) {
    super(message, cause, false, false);
  }
}
