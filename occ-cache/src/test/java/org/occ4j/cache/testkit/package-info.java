/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
/** The contract that every tagged cache keeps, as tests to be inherited. */
package org.occ4j.cache.testkit;
