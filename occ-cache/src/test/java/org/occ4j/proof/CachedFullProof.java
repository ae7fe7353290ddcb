/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

/** The full form of the proof with nodes that also read through caches. */
class CachedFullProof extends FullProof {}
