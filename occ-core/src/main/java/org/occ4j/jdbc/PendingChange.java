/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

/** A change appended in the caller's transaction. {@link #committed} tells it here at once. */
public interface PendingChange extends Joined {}
