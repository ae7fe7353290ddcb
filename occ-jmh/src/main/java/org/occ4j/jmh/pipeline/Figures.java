/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.pipeline;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import org.occ4j.jmh.store.Samples;

/**
 * Measured rounds, kept in a file to which every run adds. A case that was measured again counts
 * with its last run only, all rivals of it, so that rows can be measured anew one by one and still
 * no ratio is one of two different runs.
 */
final class Figures {
  private final Path file;
  private final Map<Contestant, List<Figure>> latest = new LinkedHashMap<>();

  private Figures(Path file) {
    this.file = file;
  }

  /** Those of a file, which need not be there. */
  static Figures of(Path file) throws IOException {
    Figures figures = new Figures(file);
    if (Files.exists(file)) {
      Files.readAllLines(file).stream()
          .filter(line -> !line.isBlank() && !line.equals(Figure.HEADING))
          .map(Figure::of)
          .forEach(figures::remember);
    }
    return figures;
  }

  /** Adds some, also to the file. */
  void add(List<Figure> measured) throws IOException {
    if (!Files.exists(file)) {
      Files.writeString(file, Figure.HEADING + "\n");
    }
    Files.write(file, measured.stream().map(Figure::line).toList(), StandardOpenOption.APPEND);
    measured.forEach(this::remember);
  }

  private void remember(Figure figure) {
    latest
        .entrySet()
        .removeIf(
            other ->
                other.getKey().subject().equals(figure.contestant().subject())
                    && !other.getValue().get(0).run().equals(figure.run()));
    latest.computeIfAbsent(figure.contestant(), same -> new ArrayList<>()).add(figure);
  }

  Set<Contestant> contestants() {
    return latest.keySet();
  }

  Samples of(Contestant contestant, ToDoubleFunction<Crowd.Round> what) {
    Samples samples = new Samples();
    rounds(contestant).values().forEach(round -> samples.add(what.applyAsDouble(round)));
    return samples;
  }

  /** One's figure divided by the other's of the same round. Empty if the two were not compared. */
  Samples ratio(Contestant one, Contestant other, ToDoubleFunction<Crowd.Round> what) {
    Samples samples = new Samples();
    Map<Integer, Crowd.Round> others = rounds(other);
    rounds(one)
        .forEach(
            (number, round) -> {
              Crowd.Round beside = others.get(number);
              if (beside != null) {
                samples.add(what.applyAsDouble(round) / what.applyAsDouble(beside));
              }
            });
    return samples;
  }

  private Map<Integer, Crowd.Round> rounds(Contestant contestant) {
    Map<Integer, Crowd.Round> rounds = new LinkedHashMap<>();
    for (Figure figure : latest.getOrDefault(contestant, List.of())) {
      rounds.put(figure.number(), figure.round());
    }
    return rounds;
  }
}
