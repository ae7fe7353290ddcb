/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.change;

import java.time.Duration;

/**
 * What a feed of this process has done since it was made. Counts only grow.
 *
 * @param following whether anybody has followed; until then nothing is read
 * @param lag how long ago the feed was last known to be caught up; zero while nobody follows
 * @param polls how often the log was read to its end
 * @param failedPolls how often it could not be
 * @param read changes that were read, those of this process among them
 * @param missed how often followers had to be told that changes may have been lost
 */
public record FeedStats(
    boolean following, Duration lag, long polls, long failedPolls, long read, long missed) {}
