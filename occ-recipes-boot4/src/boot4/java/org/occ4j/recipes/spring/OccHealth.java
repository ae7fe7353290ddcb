/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.recipes.spring;

import org.occ4j.OccException;
import org.occ4j.jdbc.JdbcVersionedStore;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.stereotype.Component;

/** Up if the store reads; what it says when it does not is for operators alone. */
@Component
class OccHealth implements HealthIndicator {
  private final JdbcVersionedStore<String, Task> tasks;

  OccHealth(JdbcVersionedStore<String, Task> tasks) {
    this.tasks = tasks;
  }

  @Override
  public Health health() {
    try {
      tasks.get("health");
      return Health.up().build();
    } catch (OccException broken) {
      return Health.down(broken).build();
    }
  }
}
