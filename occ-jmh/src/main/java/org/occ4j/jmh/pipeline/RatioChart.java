/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.pipeline;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.occ4j.jmh.pipeline.Crowd.Round;
import org.occ4j.jmh.pipeline.PipelineCase.Kind;
import org.occ4j.jmh.store.Samples;
import org.occ4j.testkit.Engine;

/**
 * Draws the figures of {@link PipelineTable} as an SVG: for each of a few cases, how many times as
 * many mutations this library carries out as the hand-written transaction does. The scale is
 * logarithmic, so that twice as fast and half as fast are equally far from one; the thin line is
 * what lies between the quartiles. Cases that were not measured are left out.
 *
 * <pre>
 * java -cp occ-jmh/target/benchmarks.jar org.occ4j.jmh.pipeline.RatioChart pipeline.csv pipeline.svg
 * </pre>
 */
public final class RatioChart {
  private static final List<Engine> ENGINES = List.of(Engine.POSTGRESQL, Engine.MARIADB);
  private static final int WIDTH = 760;
  private static final int LEFT = 270;
  private static final int RIGHT = WIDTH - 70;
  private static final int TOP = 70;
  private static final int BAR = 13;
  private static final int GROUP = 2 * BAR + 14;

  private static final String STYLE =
      """
      <style>
        text { font: 13px system-ui, sans-serif; fill: #1f2328 }
        .title { font-size: 15px; font-weight: 600 }
        .small { font-size: 11px; fill: #59636e }
        .page { fill: #ffffff }
        .grid { stroke: #d1d9e0 } .one { stroke: #59636e; stroke-width: 1.5 }
        .POSTGRESQL { fill: #2f6fb2 } .MARIADB { fill: #c9772b } .quartiles { stroke: #1f2328 }
        @media (prefers-color-scheme: dark) {
          text { fill: #f0f6fc } .small { fill: #9198a1 } .page { fill: #0d1117 }
          .grid { stroke: #3d444d } .one { stroke: #9198a1 } .quartiles { stroke: #f0f6fc }
        }
      </style>
      """;

  /** A group of bars, one for each engine. */
  private record Group(String label, Kind kind, int threads, int pool, int delayMillis) {
    Contestant occ(Engine engine) {
      return new Contestant(
          new PipelineCase(engine, kind, threads, pool, delayMillis, 0), PipelineRival.OCC);
    }
  }

  private static final List<Group> GROUPS =
      List.of(
          new Group("own rows, 1 thread", Kind.OWN, 1, 16, 0),
          new Group("own rows, 8 threads", Kind.OWN, 8, 16, 0),
          new Group("own rows, 64 threads", Kind.OWN, 64, 16, 0),
          new Group("64 threads, 4 connections", Kind.OWN, 64, 4, 0),
          new Group("8 threads, 1 ms to the server", Kind.OWN, 8, 16, 1),
          new Group("8 threads, with an audit row", Kind.OWN_AUDIT, 8, 16, 0),
          new Group("one hot row, 8 threads", Kind.HOT, 8, 16, 0),
          new Group("one hot row, 64 threads", Kind.HOT, 64, 16, 0));

  private final Figures figures;
  private final List<Group> groups;
  private final int lowest;
  private final int highest;
  private final StringBuilder svg = new StringBuilder();

  private RatioChart(Figures figures) {
    this.figures = figures;
    this.groups = GROUPS.stream().filter(group -> medians(group).findAny().isPresent()).toList();
    if (groups.isEmpty()) {
      throw new IllegalArgumentException("none of the cases was measured: " + GROUPS);
    }
    double[] medians =
        groups.stream().flatMap(this::medians).mapToDouble(Double::doubleValue).sorted().toArray();
    this.lowest = (int) Math.floor(Math.min(-1, log(medians[0])));
    this.highest = (int) Math.ceil(Math.max(1, log(medians[medians.length - 1])));
  }

  /** Draws: the file of the figures, the file to write. */
  public static void main(String[] arguments) throws IOException {
    Figures figures = Figures.of(Path.of(arguments[0]));
    Files.writeString(Path.of(arguments[1]), new RatioChart(figures).draw());
  }

  private Stream<Double> medians(Group group) {
    return ENGINES.stream()
        .map(engine -> ratio(group, engine).median())
        .filter(median -> !Double.isNaN(median));
  }

  private Samples ratio(Group group, Engine engine) {
    Contestant occ = group.occ(engine);
    return figures.ratio(occ, occ.beside(PipelineRival.HAND_WRITTEN), Round::perSecond);
  }

  private String draw() {
    int bottom = TOP + GROUP * groups.size();
    add(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %d %d' width='%d' role='img'>%n",
        WIDTH, bottom + 44, WIDTH);
    svg.append(STYLE);
    add("<rect class='page' width='%d' height='%d' rx='6'/>%n", WIDTH, bottom + 44);
    String title = "Mutations a second, times those of the hand-written transaction";
    add("<title>%s</title>%n<text class='title' x='16' y='26'>%s</text>%n", title, title);
    legend();
    grid(bottom);
    for (int i = 0; i < groups.size(); i++) {
      group(groups.get(i), TOP + GROUP * i);
    }
    return svg.append("</svg>\n").toString();
  }

  private void legend() {
    int x = LEFT;
    for (Engine engine : ENGINES) {
      add("<rect class='%s' x='%d' y='40' width='12' height='12'/>%n", engine, x);
      add("<text x='%d' y='51'>%s</text>%n", x + 18, nameOf(engine));
      x += 110;
    }
  }

  private static String nameOf(Engine engine) {
    return engine == Engine.POSTGRESQL ? "PostgreSQL" : "MariaDB";
  }

  private void grid(int bottom) {
    for (int power = lowest; power <= highest; power++) {
      double x = x(Math.pow(2, power));
      String kind = power == 0 ? "one" : "grid";
      add("<line class='%s' x1='%.1f' y1='%d' x2='%.1f' y2='%d'/>%n", kind, x, TOP - 8, x, bottom);
      add(
          "<text class='small' x='%.1f' y='%d' text-anchor='middle'>%s ×</text>%n",
          x, bottom + 16, power < 0 ? "1/" + (1 << -power) : Integer.toString(1 << power));
    }
    add("<text class='small' x='16' y='%d'>logarithmic scale; ", bottom + 34);
    add("thin lines: quartiles of the rounds</text>%n");
  }

  private void group(Group group, int top) {
    int middle = top + BAR + 4;
    add("<text x='%d' y='%d' text-anchor='end'>%s</text>%n", LEFT - 24, middle, group.label());
    int y = top;
    for (Engine engine : ENGINES) {
      Samples ratio = ratio(group, engine);
      if (!Double.isNaN(ratio.median())) {
        bar(engine, ratio, y);
      }
      y += BAR;
    }
  }

  private void bar(Engine engine, Samples ratio, int top) {
    double from = Math.min(x(1), x(ratio.median()));
    double to = Math.max(x(1), x(ratio.median()));
    double high = x(ratio.quantile(0.75));
    add(
        "<rect class='%s' x='%.1f' y='%d' width='%.1f' height='%d'/>%n",
        engine, from, top, to - from, BAR - 1);
    add(
        "<line class='quartiles' x1='%.1f' y1='%.1f' x2='%.1f' y2='%.1f'/>%n",
        x(ratio.quantile(0.25)), top + BAR / 2.0, high, top + BAR / 2.0);
    add(
        "<text class='small' x='%.1f' y='%d'>%.1f</text>%n",
        Math.max(to, high) + 5, top + BAR - 3, ratio.median());
  }

  private double x(double ratio) {
    double share = (log(ratio) - lowest) / (highest - lowest);
    return LEFT + Math.max(0, Math.min(1, share)) * (RIGHT - LEFT);
  }

  private static double log(double ratio) {
    return Math.log(ratio) / Math.log(2);
  }

  private void add(String format, Object... values) {
    svg.append(String.format(Locale.ROOT, format, values));
  }
}
