/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * The wire contract: what a request's headers and body say becomes an {@link org.occ4j.Expected}
 * and a {@link org.occ4j.MutationId}, and what the pipeline answers becomes a status, headers and a
 * problem document (RFC 9457).
 *
 * <p>Start at {@link org.occ4j.http.HttpContract}. What others change reaches readers through
 * {@link org.occ4j.http.EventStream}. Nothing here knows a web framework or a JSON library: headers
 * come through a function, bodies and problem documents are plain maps which the application's own
 * JSON library reads and writes. {@code docs/http.md} is the same contract as tables, for the
 * authors of clients.
 */
@NullMarked
package org.occ4j.http;

import org.jspecify.annotations.NullMarked;
