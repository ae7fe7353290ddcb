/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache.architecture;

import java.util.List;
import org.occ4j.testkit.house.HouseRulesContract;

/** The two packages of occ-cache. */
class CacheArchitectureTest extends HouseRulesContract {

  @Override
  protected List<String> packagesFromTheTop() {
    return List.of("org.occ4j.cache.jdbc", "org.occ4j.cache");
  }

  @Override
  protected String jdbcPackage() {
    return "org.occ4j.cache.jdbc";
  }
}
