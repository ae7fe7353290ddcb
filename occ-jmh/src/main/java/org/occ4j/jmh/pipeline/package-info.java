/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * The price of a whole mutation: the pipeline beside the transaction that a careful engineer writes
 * by hand, with rows of one's own and with one hot row, on loopback and behind a network that takes
 * its time, in small and in large tables.
 *
 * <p>{@link org.occ4j.jmh.pipeline.PipelineTable} starts the servers and prints one table with
 * ratios, {@link org.occ4j.jmh.pipeline.MemoryPipelineTable} does it for the pipeline in memory,
 * and {@link org.occ4j.jmh.pipeline.RatioChart} draws the figures.
 */
@NullMarked
package org.occ4j.jmh.pipeline;

import org.jspecify.annotations.NullMarked;
