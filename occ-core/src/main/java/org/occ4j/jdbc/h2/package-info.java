/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * What H2 loads by name: the trigger of {@code OccDatabase.foreignWriteTriggers}. Nothing here is
 * called by an application, and nothing here is loaded where H2 is not.
 */
@NullMarked
package org.occ4j.jdbc.h2;

import org.jspecify.annotations.NullMarked;
