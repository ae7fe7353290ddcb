/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit.house;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.List;

/**
 * Packages listed from the top of the house to its ground: each uses itself and those after it in
 * the list.
 *
 * <p>A sub-package belongs to the nearest listed package that holds it, except one of the ground
 * package: the ground holds shared words, and a package inside it that is on no list is a room that
 * nobody put on the map. {@code internal} beside the ground counts as ground.
 */
final class DownwardDependencies extends ArchCondition<JavaClass> {
  private final List<String> packages;
  private final String ground;

  DownwardDependencies(List<String> packagesFromTheTop) {
    super("use only packages below their own in %s", packagesFromTheTop);
    this.packages = packagesFromTheTop;
    this.ground = packagesFromTheTop.get(packagesFromTheTop.size() - 1);
  }

  @Override
  public void check(JavaClass type, ConditionEvents events) {
    int from = positionOf(type.getPackageName());
    if (from < 0) {
      String message = type.getName() + " lives in a package that is not on the map";
      events.add(SimpleConditionEvent.violated(type, message));
      return;
    }
    for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
      int to = positionOf(dependency.getTargetClass().getPackageName());
      if (to >= 0 && to < from) {
        events.add(SimpleConditionEvent.violated(type, dependency.getDescription()));
      }
    }
  }

  private int positionOf(String packageName) {
    if (packageName.equals(ground) || packageName.equals(ground + ".internal")) {
      return packages.size() - 1;
    }
    int nearest = -1;
    for (int i = 0; i < packages.size() - 1; i++) {
      String name = packages.get(i);
      boolean holds = packageName.equals(name) || packageName.startsWith(name + ".");
      if (holds && (nearest < 0 || name.length() > packages.get(nearest).length())) {
        nearest = i;
      }
    }
    return nearest;
  }
}
