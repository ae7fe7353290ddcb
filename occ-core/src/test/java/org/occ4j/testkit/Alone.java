/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;

/**
 * Tests that need a machine which is not busy: a lease of a fraction of a second has to be renewed
 * in time, or two durations are compared. The build runs them after all others, with nothing beside
 * them (tag {@value #TAG}).
 */
@Tag(Alone.TAG)
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface Alone {

  /** The JUnit tag. */
  String TAG = "alone";
}
