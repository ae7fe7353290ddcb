/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client;

import java.util.concurrent.atomic.AtomicLong;
import org.occ4j.RetryPolicy;
import org.occ4j.Ticker;
import org.occ4j.merge.Merger;

/** What all queues of a client share; {@code numbers} gives each edit its own, in their order. */
record ClientParts<K, V>(
    ClientTransport<K, V> transport,
    Merger<V> merger,
    RetryPolicy retry,
    Scheduler scheduler,
    Ticker ticker,
    Notifier<K, V> notifier,
    EditJournal<K, V> journal,
    AtomicLong numbers) {}
