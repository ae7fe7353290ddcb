/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client.architecture;

import java.util.List;
import org.occ4j.testkit.house.HouseRulesContract;

/** The packages of occ-client. */
class ClientArchitectureTest extends HouseRulesContract {

  @Override
  protected List<String> packagesFromTheTop() {
    return List.of("org.occ4j.client");
  }

  @Override
  protected String jdbcPackage() {
    return "org.occ4j.client.jdbc";
  }
}
