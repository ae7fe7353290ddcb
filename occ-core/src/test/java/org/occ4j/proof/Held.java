/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

/**
 * One hold of a mutex.
 *
 * @param id unique in the history
 * @param node on which node
 * @param key of the mutex
 * @param asked when it was asked for
 * @param granted when it was handed out
 * @param lastValid the latest time at which the hold was about to say that it was valid, and did
 * @param token its fencing token
 */
record Held(
    String id, String node, String key, long asked, long granted, long lastValid, long token) {}
