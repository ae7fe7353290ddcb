/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.demo;

/** A request that cannot be carried out as it is; nothing was changed. */
final class BadRequest extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private static final int LONGEST_SHOWN = 60;

  private final int status;
  private final String reason;

  /** Answered by 400 and this reason. */
  BadRequest(String reason) {
    this(400, reason);
  }

  BadRequest(int status, String reason) {
    super(reason, null, false, false);
    this.status = status;
    this.reason = reason;
  }

  int status() {
    return status;
  }

  String reason() {
    return reason;
  }

  /** Input, cut to a length that may be repeated in an answer. */
  static String shown(Object input) {
    String text = String.valueOf(input);
    return text.length() <= LONGEST_SHOWN ? text : text.substring(0, LONGEST_SHOWN) + "...";
  }
}
