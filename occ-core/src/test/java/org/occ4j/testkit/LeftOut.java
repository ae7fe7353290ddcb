/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import java.lang.reflect.Method;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Leaves out tests by the names of their methods, which the system property {@code occ.without}
 * lists between commas; they are reported as skipped. Unlike {@code -Dtest=!Some#method} this does
 * not leave out the nested classes of all others.
 *
 * <p>It is registered as a service: only where {@code
 * junit.jupiter.extensions.autodetection.enabled} is true does it do anything. {@code .ci/galera}
 * leaves out what a cluster cannot meet.
 */
public final class LeftOut implements ExecutionCondition {
  private static final Set<String> NAMES =
      Set.copyOf(List.of(System.getProperty("occ.without", "").split(",", -1)));

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    String name = context.getTestMethod().map(Method::getName).orElse("none");
    return NAMES.contains(name)
        ? ConditionEvaluationResult.disabled("left out by name")
        : ConditionEvaluationResult.enabled("not left out");
  }
}
