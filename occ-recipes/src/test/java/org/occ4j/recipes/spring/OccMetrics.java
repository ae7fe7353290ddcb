/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.recipes.spring;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.occ4j.jdbc.JdbcMutationPipeline;
import org.occ4j.mutation.PipelineStats;
import org.springframework.stereotype.Component;

/** The pipeline's outcomes as counters, by Micrometer's names. */
@Component
class OccMetrics implements MeterBinder {
  private static final Map<String, ToLongFunction<PipelineStats>> OUTCOMES =
      Map.of(
          "applied", PipelineStats::applied,
          "replayed", PipelineStats::replayed,
          "conflicted", PipelineStats::conflicted,
          "rejected", PipelineStats::rejected,
          "refused", PipelineStats::refused,
          "unresolved", PipelineStats::unresolved,
          "failed", PipelineStats::failed,
          "unknown", PipelineStats::unknown);

  private final JdbcMutationPipeline<String, Task> pipeline;

  OccMetrics(JdbcMutationPipeline<String, Task> pipeline) {
    this.pipeline = pipeline;
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    OUTCOMES.forEach(
        (outcome, count) ->
            FunctionCounter.builder(
                    "occ4j.mutations", pipeline, of -> count.applyAsLong(of.stats()))
                .tag("outcome", outcome)
                .register(registry));
  }
}
