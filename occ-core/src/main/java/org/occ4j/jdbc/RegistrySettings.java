/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.time.Duration;

/**
 * How the registry of a database works.
 *
 * @param cachedAnswers how many answers a node remembers in front of the table
 * @param cachedFor and for how long each, at most
 */
record RegistrySettings(int cachedAnswers, Duration cachedFor) {}
