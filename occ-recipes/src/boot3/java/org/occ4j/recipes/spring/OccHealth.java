/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.recipes.spring;

import org.occ4j.jdbc.DatabaseHealth;
import org.occ4j.jdbc.OccDatabase;
import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.stereotype.Component;

/** Down if the library is; which part and why is for operators alone, and holds no data. */
@Component
class OccHealth implements HealthIndicator {
  private final OccDatabase db;

  OccHealth(OccDatabase db) {
    this.db = db;
  }

  @Override
  public Health health() {
    DatabaseHealth now = db.health();
    // A degraded node works: it is no reason to take it out of the balancer.
    Health.Builder health = now.state() == DatabaseHealth.State.DOWN ? Health.down() : Health.up();
    for (DatabaseHealth.Part part : now.parts()) {
      health.withDetail(part.name(), part.reason() == null ? part.state() : part.reason());
    }
    return health.build();
  }
}
