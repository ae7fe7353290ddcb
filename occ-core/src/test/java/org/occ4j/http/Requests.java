/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.http;

import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.occ4j.Expected;
import org.occ4j.MutationId;
import org.occ4j.Scope;

/** Requests as tests write them. */
final class Requests {
  static final Scope SCOPE = new Scope("acme", "ana", "task.edit");
  static final UUID ID = UUID.fromString("0b0e4a9e-52c1-4f3e-8a51-0a6f2c3b7d11");
  static final UUID OTHER_ID = UUID.fromString("ffffffff-52c1-4f3e-8a51-0a6f2c3b7d11");

  private Requests() {}

  static ParsedRequest read(Map<String, String> headers, Map<String, ?> body) {
    Map<String, String> anyCase = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    anyCase.putAll(headers);
    return WriteRequest.read(anyCase::get, body, SCOPE);
  }

  static WriteRequest accepted(ParsedRequest reading) {
    return reading.orThrow();
  }

  static HttpAnswer refused(ParsedRequest reading) {
    return ((ParsedRequest.Refused) reading).answer();
  }

  static WriteRequest expecting(Expected expected, PreconditionSource source) {
    return new WriteRequest(new MutationId(SCOPE, ID), expected, source);
  }
}
