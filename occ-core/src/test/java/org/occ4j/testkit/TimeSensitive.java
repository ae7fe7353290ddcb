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
 * Tests that fail on a machine which is too busy, because a lease of a fraction of a second has to
 * be renewed in time, or two durations are compared. They wait more than they compute, so the build
 * runs them after all others and beside nothing but each other (tag {@value #TAG}).
 */
@Tag(TimeSensitive.TAG)
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface TimeSensitive {

  /** The JUnit tag. */
  String TAG = "time-sensitive";
}
