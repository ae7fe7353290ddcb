/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
/** What the library counts, as Micrometer's meters. */
@NullMarked
package org.occ4j.micrometer;

import org.jspecify.annotations.NullMarked;
