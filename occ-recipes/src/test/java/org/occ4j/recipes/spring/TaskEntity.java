/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.recipes.spring;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import jakarta.persistence.Version;

/** The same rows by JPA. */
@Entity
@Table(name = "task")
class TaskEntity {
  @Id private String id;
  @Version private Long version;
  private String title;
  private boolean done;

  protected TaskEntity() {}

  String title() {
    return title;
  }

  void rename(String newTitle) {
    this.title = newTitle;
  }

  boolean isDone() {
    return done;
  }

  Long version() {
    return version;
  }
}
