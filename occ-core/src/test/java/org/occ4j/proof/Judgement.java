/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** All judges on one history. */
final class Judgement {
  private Judgement() {}

  static List<Violation> of(History history) {
    List<Operation> operations = history.operations();
    List<Violation> violations = new ArrayList<>(Registers.judge(operations, history.glimpses()));
    violations.addAll(Effects.judge(operations, history.effects()));
    violations.addAll(Holds.judge(history.holds(), history.steps()));
    violations.addAll(Feeds.judge(history));
    violations.addAll(Staleness.judge(operations, history.polls(), NodeCache.MAXIMUM_STALENESS));
    return violations;
  }

  /**
   * Writes a history that has violations to a file: what is broken, shrunk, and then all of it.
   *
   * @return where it is
   */
  static Path write(String name, long seed, List<Violation> violations, History history)
      throws IOException {
    Path directory = Files.createDirectories(Path.of("target", "proof"));
    Path file = directory.resolve(name.replaceAll("[^A-Za-z0-9.-]+", "-") + "-" + seed + ".txt");
    String broken =
        violations.stream().map(Violation::toString).collect(Collectors.joining("\n\n"));
    return Files.writeString(
        file,
        "%s, seed %d%n%n%s%n%n%s%n"
            .formatted(name, seed, broken, String.join("\n", history.lines())));
  }
}
