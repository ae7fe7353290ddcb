/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * The playbook running: a task board served by the library, in the JDK's own HTTP server.
 *
 * <p>A request passes {@code TaskHandler} (what it asks), {@code TaskPatch} (is it good), {@code
 * Tasks} (the pipeline and the cached list), and leaves through {@code Reply}.
 */
@NullMarked
package org.occ4j.demo;

import org.jspecify.annotations.NullMarked;
