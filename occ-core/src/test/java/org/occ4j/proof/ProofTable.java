/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.occ4j.proof.Workload.Result;

/** Sums up histories by scenario and engine, and writes the table into a page. */
final class ProofTable {
  private static final String BEGIN = "<!-- table of .ci/prove -->";
  private static final String END = "<!-- end of the table -->";

  private final Map<String, Row> rows = new LinkedHashMap<>();
  private final Set<String> versions = new LinkedHashSet<>();

  private record Row(
      String scenario,
      String engine,
      int histories,
      long operations,
      int faults,
      long unknown,
      int violations,
      int unresolved,
      Duration recovery) {

    Row plus(Result more) {
      return new Row(
          scenario,
          engine,
          histories + 1,
          operations + more.operations(),
          faults + more.faults(),
          unknown + more.unknown(),
          violations + more.violations().size(),
          unresolved + more.unresolved(),
          recovery.compareTo(more.recovery()) > 0 ? recovery : more.recovery());
    }

    String line() {
      String bad = violations == 0 ? "0" : "**" + violations + "**";
      return String.format(
          Locale.ROOT,
          "| %s | %s | %d | %d | %d | %d | %s | %d | %s |",
          scenario,
          engine,
          histories,
          operations,
          faults,
          unknown,
          bad,
          unresolved,
          faults == 0 ? "" : String.format(Locale.ROOT, "%.2f s", recovery.toMillis() / 1e3));
    }
  }

  void ranOn(String version) {
    versions.add(version.replaceAll(" on .*| \\(.*", ""));
  }

  /** Adds a history, and returns the row that it is part of. */
  String add(String engine, Result result) {
    String scenario = result.plan().name();
    Row none = new Row(scenario, engine, 0, 0, 0, 0, 0, 0, Duration.ZERO);
    return rows.merge(scenario + engine, none.plus(result), (row, one) -> row.plus(result)).line();
  }

  /** Adds a history that ended early, as a violation. */
  void addFailure(String engine, String scenario) {
    Row one = new Row(scenario, engine, 1, 0, 0, 0, 1, 0, Duration.ZERO);
    rows.merge(
        scenario + engine,
        one,
        (row, more) ->
            new Row(
                scenario,
                engine,
                row.histories() + 1,
                row.operations(),
                row.faults(),
                row.unknown(),
                row.violations() + 1,
                row.unresolved(),
                row.recovery()));
  }

  int violations() {
    return rows.values().stream().mapToInt(row -> row.violations() + row.unresolved()).sum();
  }

  String text() {
    StringBuilder text = new StringBuilder();
    text.append("Run on ")
        .append(LocalDate.now(ZoneOffset.UTC))
        .append(" with ")
        .append(String.join("; ", versions))
        .append("; Java ")
        .append(System.getProperty("java.version"))
        .append(".\n\n| scenario | engine | histories | operations | faults | unknown answers |")
        .append(" violations | unresolved | recovery at most |\n")
        .append("|---|---|---|---|---|---|---|---|---|\n");
    rows.values().forEach(row -> text.append(row.line()).append('\n'));
    return text.toString();
  }

  /** Puts the table in the place of the one that is in the page. */
  void writeInto(Path page) throws IOException {
    String old = Files.readString(page);
    int from = old.indexOf(BEGIN) + BEGIN.length();
    int to = old.indexOf(END);
    Files.writeString(page, old.substring(0, from) + "\n" + text() + old.substring(to));
  }
}
