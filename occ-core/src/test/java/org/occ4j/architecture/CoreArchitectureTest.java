/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.architecture;

import java.util.List;
import org.occ4j.testkit.house.HouseRulesContract;

/**
 * The map of the packages of occ-core, from the wire down to the shared words. The rooms behind
 * {@code org.occ4j.jdbc} are on it too, so that none of them uses what users name, nor a room above
 * it.
 */
class CoreArchitectureTest extends HouseRulesContract {

  @Override
  protected List<String> packagesFromTheTop() {
    return List.of(
        "org.occ4j.http",
        "org.occ4j.jdbc",
        "org.occ4j.jdbc.h2",
        "org.occ4j.jdbc.internal.engine",
        "org.occ4j.jdbc.internal.pipeline",
        "org.occ4j.jdbc.internal.lease",
        "org.occ4j.jdbc.internal.registry",
        "org.occ4j.jdbc.internal.store",
        "org.occ4j.jdbc.internal.change",
        "org.occ4j.jdbc.internal",
        "org.occ4j.mutation",
        "org.occ4j.idempotency",
        "org.occ4j.mutex",
        "org.occ4j.store",
        "org.occ4j.change",
        "org.occ4j.merge",
        "org.occ4j");
  }

  @Override
  protected String jdbcPackage() {
    return "org.occ4j.jdbc";
  }
}
