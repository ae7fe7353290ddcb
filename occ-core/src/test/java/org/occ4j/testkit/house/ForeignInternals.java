/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit.house;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.List;

/**
 * What lies in an {@code internal} package is shared by packages of its own module and used by no
 * other module, also on the class path, where no export keeps it away.
 */
final class ForeignInternals extends ArchCondition<JavaClass> {
  private final List<String> ownPackages;

  ForeignInternals(List<String> ownPackages) {
    super("leave the internals of other modules alone");
    this.ownPackages = ownPackages;
  }

  /** Whether the package is internal or lies inside one that is. */
  static boolean isInternal(String packageName) {
    return (packageName + ".").contains(".internal.");
  }

  @Override
  public void check(JavaClass type, ConditionEvents events) {
    for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
      String target = dependency.getTargetClass().getPackageName();
      if (target.startsWith("org.occ4j.") && isInternal(target) && !isOwn(target)) {
        events.add(SimpleConditionEvent.violated(type, dependency.getDescription()));
      }
    }
  }

  private boolean isOwn(String packageName) {
    return ownPackages.stream().anyMatch(own -> packageName.startsWith(own + "."));
  }
}
