/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.demo;

/**
 * A task on the board, as it is stored; its id is the key, and version, time and writer are the
 * store's.
 *
 * @param title what is to be done; 1 to 200 characters, not blank
 * @param description more about it; up to 10 000 characters, may be empty
 * @param status how far it is
 * @param assignee who does it; up to 100 characters, empty for nobody
 */
record Task(String title, String description, TaskStatus status, String assignee) {

  /** A task of which nothing is known but its default values; it needs a title yet. */
  static final Task BLANK = new Task("", "", TaskStatus.TODO, "");
}
