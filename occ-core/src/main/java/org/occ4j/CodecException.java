/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j;

import org.jspecify.annotations.Nullable;

/**
 * The application's codec failed on a value, a key or stored bytes. The operation changed nothing.
 */
public class CodecException extends OccException {
  private static final long serialVersionUID = 1L;

  /** An exception with a message and, if there is one, a cause. */
  public CodecException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
