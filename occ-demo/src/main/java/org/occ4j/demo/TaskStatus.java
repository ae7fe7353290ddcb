/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.demo;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** How far a task is. */
enum TaskStatus {
  /** Nobody has begun. */
  TODO,
  /** Somebody is at it. */
  DOING,
  /** It is done. */
  DONE;

  /** The name on the wire: {@code todo}, {@code doing}, {@code done}. */
  String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Optional<TaskStatus> ofWireName(String wireName) {
    return Arrays.stream(values()).filter(s -> s.wireName().equals(wireName)).findFirst();
  }

  static String wireNames() {
    return Arrays.stream(values()).map(TaskStatus::wireName).collect(Collectors.joining(", "));
  }
}
