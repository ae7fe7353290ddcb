/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
/** What the pipelines in memory and over JDBC share; not for applications. */
@NullMarked
package org.occ4j.mutation.internal;

import org.jspecify.annotations.NullMarked;
