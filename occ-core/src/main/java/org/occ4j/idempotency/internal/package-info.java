/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
/** What the registries in memory and over JDBC share. */
@NullMarked
package org.occ4j.idempotency.internal;

import org.jspecify.annotations.NullMarked;
