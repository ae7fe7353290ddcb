/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.pipeline;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.occ4j.jmh.pipeline.Crowd.Round;
import org.occ4j.jmh.store.Samples;

/** Figures as two tables in Markdown: what was asked and whether it is met, and all of them. */
final class PipelineReport {
  private static final Comparator<PipelineCase> ORDER =
      Comparator.comparing(PipelineCase::engine)
          .thenComparing(PipelineCase::kind)
          .thenComparing(PipelineCase::delayMillis)
          .thenComparing(PipelineCase::pool)
          .thenComparing(PipelineCase::threads)
          .thenComparing(PipelineCase::rows);

  private static final double MICROS_OF_A_MILLISECOND = 1e3;

  private final Figures figures;
  private final List<Contestant> contestants;

  PipelineReport(Figures figures) {
    this.figures = figures;
    this.contestants = new ArrayList<>(figures.contestants());
    contestants.sort(
        Comparator.comparing(Contestant::subject, ORDER).thenComparing(Contestant::who));
  }

  /** Both tables. */
  String markdown() {
    return budgets() + "\n" + rounds();
  }

  private String budgets() {
    StringBuilder table = new StringBuilder();
    table.append("| engine | case | threads | pool | delay | rows | against | what |");
    table.append(" asked | measured | quartiles | |\n");
    table.append("|---|---|---|---|---|---|---|---|---|---|---|---|\n");
    for (Contestant contestant : contestants) {
      if (contestant.who() == PipelineRival.OCC) {
        PipelineCase subject = contestant.subject();
        row(table, contestant, "hand-written", "throughput", Budget.throughput(subject));
        row(table, contestant, "hand-written", "p99", Budget.latency(subject));
        row(table, contestant, "Hibernate", "throughput", Budget.hibernate(subject));
        row(table, contestant, "the smallest", "throughput", flat(subject));
      }
    }
    return table.toString();
  }

  private @Nullable Budget flat(PipelineCase subject) {
    PipelineCase smallest = smallest(subject);
    return smallest.equals(subject) ? null : Budget.flat(smallest);
  }

  /** The same case in the smallest tables that were measured. */
  private PipelineCase smallest(PipelineCase subject) {
    return contestants.stream()
        .map(Contestant::subject)
        .filter(other -> other.withRows(0).equals(subject.withRows(0)))
        .min(ORDER)
        .orElse(subject);
  }

  private void row(
      StringBuilder table, Contestant occ, String against, String what, @Nullable Budget budget) {
    String verdict = budget == null ? "" : budget.verdict(figures, occ);
    if (!verdict.isEmpty()) {
      table.append(start(occ.subject()));
      table.append(" | ").append(against).append(" | ").append(what).append(" | ");
      table.append(verdict).append(" |\n");
    }
  }

  private static String start(PipelineCase subject) {
    return String.format(
        Locale.ROOT,
        "| %s | %s | %d | %d | %d ms | %,d",
        subject.engine(),
        subject.kind(),
        subject.threads(),
        subject.pool(),
        subject.delayMillis(),
        subject.rows());
  }

  private String rounds() {
    StringBuilder table = new StringBuilder();
    table.append("| engine | case | threads | pool | delay | rows | who | mutations/s |");
    table.append(" quartiles | p50, ms | p99, ms | round trips | × hand-written | quartiles |\n");
    table.append("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n");
    contestants.forEach(contestant -> row(table, contestant));
    return table.toString();
  }

  private void row(StringBuilder table, Contestant contestant) {
    Samples perSecond = figures.of(contestant, Round::perSecond);
    Samples ratio =
        figures.ratio(contestant, contestant.beside(PipelineRival.HAND_WRITTEN), Round::perSecond);
    table.append(start(contestant.subject()));
    table.append(
        String.format(
            Locale.ROOT,
            " | %s | %.0f | %s | %.2f | %.2f | %s | %s | %s |%n",
            contestant.who(),
            perSecond.median(),
            perSecond.quartiles("%.0f"),
            figures.of(contestant, Round::p50Micros).median() / MICROS_OF_A_MILLISECOND,
            figures.of(contestant, Round::p99Micros).median() / MICROS_OF_A_MILLISECOND,
            orNothing("%.2f", figures.of(contestant, Round::roundTrips).median()),
            orNothing("%.2f", ratio.median()),
            ratio.quartiles("%.2f")));
  }

  private static String orNothing(String format, double number) {
    return Double.isNaN(number) ? "" : String.format(Locale.ROOT, format, number);
  }
}
