/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * Caches whose entries carry tags and are invalidated by tag.
 *
 * <p>A {@link org.occ4j.cache.TaggedCache} is a bounded map of loaded values. The loader says under
 * which tags a value falls; whoever changes what the value was made from invalidates those tags.
 * What sets it apart is its answer to the question that caches usually leave open: a value whose
 * load began before an invalidation is neither kept nor handed to anybody who asks after it
 * (guarantee G5).
 *
 * <p><b>Hard and soft.</b> An invalidation is hard: the next read loads. A mark as stale is soft:
 * the next read may still be served while one load replaces the value. Hard wins over every setting
 * that serves old values, unless the setting says otherwise.
 *
 * <p><b>Reach.</b> A cache alone is coherent within itself. One that follows an in-memory change
 * feed is coherent with the stores and caches of this process that write to it. One that follows a
 * database ({@code org.occ4j.cache.jdbc}) is coherent with every node of that database, within the
 * poll interval.
 *
 * <p><b>Time.</b> A value's age is counted from the beginning of its load, by the cache's {@link
 * org.occ4j.Ticker}; its time to live is therefore a true bound of how old the truth in it can be.
 */
@NullMarked
package org.occ4j.cache;

import org.jspecify.annotations.NullMarked;
