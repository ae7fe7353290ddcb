/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.store;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Version;

/** The row as an entity of Hibernate. */
@Entity(name = "hot_row")
public class HotRow {
  @Id private String id = "";

  @Version private long version;

  @Column(name = "counted")
  private int count;

  /** For Hibernate. */
  protected HotRow() {}

  HotRow(String id) {
    this.id = id;
  }

  void increment() {
    count++;
  }

  int count() {
    return count;
  }

  @Override
  public String toString() {
    return "HotRow[" + id + ", version " + version + ", count " + count + "]";
  }
}
