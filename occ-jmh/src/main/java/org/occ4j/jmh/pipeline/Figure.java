/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.pipeline;

import java.util.List;
import java.util.Locale;
import org.occ4j.testkit.Engine;

/**
 * One measured round as a line of a file.
 *
 * @param run when the measuring began; of a contest that was measured again, the last run counts
 * @param contestant who was measured, and at what
 * @param number the number of the round
 * @param round what was measured
 */
record Figure(String run, Contestant contestant, int number, Crowd.Round round) {
  static final String HEADING =
      "run,engine,case,threads,pool,delay_ms,rows,who,round,per_second,p50_us,p99_us,round_trips";

  private static final int FIELDS = HEADING.split(",", -1).length;

  String line() {
    PipelineCase subject = contestant.subject();
    return String.format(
        Locale.ROOT,
        "%s,%s,%s,%d,%d,%d,%d,%s,%d,%.2f,%.1f,%.1f,%.3f",
        run,
        subject.engine(),
        subject.kind(),
        subject.threads(),
        subject.pool(),
        subject.delayMillis(),
        subject.rows(),
        contestant.who(),
        number,
        round.perSecond(),
        round.p50Micros(),
        round.p99Micros(),
        round.roundTrips());
  }

  static Figure of(String line) {
    List<String> field = List.of(line.split(",", -1));
    if (field.size() != FIELDS) {
      throw new IllegalArgumentException("not a figure: " + line);
    }
    PipelineCase subject =
        new PipelineCase(
            Engine.valueOf(field.get(1)),
            PipelineCase.Kind.valueOf(field.get(2)),
            Integer.parseInt(field.get(3)),
            Integer.parseInt(field.get(4)),
            Integer.parseInt(field.get(5)),
            Long.parseLong(field.get(6)));
    Crowd.Round round =
        new Crowd.Round(
            Double.parseDouble(field.get(9)),
            Double.parseDouble(field.get(10)),
            Double.parseDouble(field.get(11)),
            Double.parseDouble(field.get(12)));
    return new Figure(
        field.get(0),
        new Contestant(subject, PipelineRival.valueOf(field.get(7))),
        Integer.parseInt(field.get(8)),
        round);
  }
}
