/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.demo;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.occ4j.jdbc.DatabaseStats;
import org.occ4j.mutation.PipelineStats;

/** Serves {@code /stats}: what the library has counted since the board was started. */
final class StatsHandler implements HttpHandler {
  static final String PATH = "/stats";

  private static final double MEDIAN = 0.5;
  private static final double NEARLY_ALL = 0.99;
  private static final long NANOS_PER_MICRO = 1_000;

  private final Supplier<DatabaseStats> stats;

  StatsHandler(Supplier<DatabaseStats> stats) {
    this.stats = stats;
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      Reply reply =
          exchange.getRequestMethod().equals("GET")
              ? Reply.json(200, view(stats.get()))
              : Reply.methodNotAllowed("GET");
      reply.sendTo(exchange);
    }
  }

  private static Map<String, Long> view(DatabaseStats stats) {
    Map<String, Long> view = new LinkedHashMap<>();
    for (PipelineStats pipeline : stats.pipelines().values()) {
      view.put("applied", pipeline.applied());
      view.put("merged", pipeline.merged());
      view.put("replayed", pipeline.replayed());
      view.put("conflicted", pipeline.conflicted());
      view.put("rejected", pipeline.rejected());
      view.put("refused", pipeline.refused());
      view.put("failed", pipeline.failed() + pipeline.unknown());
      view.put("median", micros(pipeline, MEDIAN));
      view.put("nearlyAll", micros(pipeline, NEARLY_ALL));
    }
    view.put("told", stats.changes().read());
    view.put("missed", stats.changes().missed());
    return view;
  }

  private static long micros(PipelineStats pipeline, double share) {
    return pipeline.times().percentile(share) / NANOS_PER_MICRO;
  }
}
