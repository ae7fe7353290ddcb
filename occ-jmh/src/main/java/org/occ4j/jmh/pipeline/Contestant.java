/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.pipeline;

/** One rival in one case. */
record Contestant(PipelineCase subject, PipelineRival who) {

  /** Another rival in the same case. */
  Contestant beside(PipelineRival other) {
    return new Contestant(subject, other);
  }
}
