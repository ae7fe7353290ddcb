/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every link from a page to a file of the project leads to one, and every named test exists. */
class DocsLinksTest {
  private static final Path ROOT = Path.of("..");
  private static final Pattern LINK = Pattern.compile("]\\(([^)\\s#]*)(?:#([^)\\s]*))?\\)");
  private static final Pattern HEADING = Pattern.compile("(?m)^#+ +(.*)$");

  private static final Pattern NAMED_TEST =
      Pattern.compile("`([A-Z][A-Za-z0-9]+(?:Test|Contract))(?:\\.([a-z][A-Za-z0-9_]+))?`");

  private static final Pattern CALL =
      Pattern.compile("`([A-Z][A-Za-z]+)(?:\\.([A-Za-z][A-Za-z]+))?`");

  @Test
  void links_toFilesOfTheProject_leadSomewhere() throws IOException {
    List<String> broken = new ArrayList<>();
    for (Path page : pages()) {
      Matcher link = LINK.matcher(Files.readString(page));
      while (link.find()) {
        String target = link.group(1);
        Path file = target.isEmpty() ? page : page.resolveSibling(target);
        if (!target.contains("://") && !(Files.exists(file) && hasAnchor(file, link.group(2)))) {
          broken.add(ROOT.relativize(page) + " -> " + link.group());
        }
      }
    }
    assertThat(broken).isEmpty();
  }

  /** Whether a page has a heading whose anchor this is, as GitHub makes them. */
  private static boolean hasAnchor(Path page, @Nullable String anchor) throws IOException {
    return anchor == null
        || HEADING
            .matcher(Files.readString(page))
            .results()
            .map(heading -> heading.group(1).toLowerCase(Locale.ROOT))
            .map(heading -> heading.replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-'))
            .anyMatch(anchor::equals);
  }

  /** Pages name the tests that hold what they say: {@code Class.method}. */
  @ParameterizedTest
  @ValueSource(strings = {"docs/field.md", "docs/guarantees.md"})
  void testsNamedOnThePage_areThere(String page) throws IOException {
    StringBuilder all = new StringBuilder();
    Set<String> classes = new HashSet<>();
    for (Path source : sources("/src/test/")) {
      classes.add(source.getFileName().toString().replace(".java", ""));
      all.append(Files.readString(source));
    }
    List<String> missing = new ArrayList<>();
    Matcher named = NAMED_TEST.matcher(Files.readString(ROOT.resolve(page)));
    while (named.find()) {
      String method = named.group(2);
      boolean there = method == null || all.indexOf(" " + method + "(") >= 0;
      if (!classes.contains(named.group(1)) || !there) {
        missing.add(named.group());
      }
    }
    assertThat(missing).isEmpty();
  }

  @Test
  void callsNamedOnThePageOfCalls_areThere() throws IOException {
    Map<String, String> types = new HashMap<>();
    for (Path source : sources("/src/main/")) {
      String type = source.getFileName().toString().replace(".java", "");
      types.merge(type, Files.readString(source), String::concat);
    }
    List<String> missing = new ArrayList<>();
    Matcher call = CALL.matcher(Files.readString(ROOT.resolve("docs/calls.md")));
    while (call.find()) {
      String member = call.group(2);
      boolean there =
          member == null
              ? types.containsKey(call.group(1))
              : Pattern.compile("[ >]" + member + "[(,;)]|^  " + member + "\\b", Pattern.MULTILINE)
                  .matcher(types.getOrDefault(call.group(1), ""))
                  .find();
      if (!there) {
        missing.add(call.group());
      }
    }
    assertThat(missing).isEmpty();
  }

  private static List<Path> sources(String folder) throws IOException {
    try (Stream<Path> files = Files.walk(ROOT)) {
      return files
          .filter(file -> file.toString().endsWith(".java") && file.toString().contains(folder))
          .toList();
    }
  }

  private static List<Path> pages() throws IOException {
    List<Path> pages = new ArrayList<>();
    try (Stream<Path> top = Files.list(ROOT);
        Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
      Stream.concat(top, docs).filter(file -> file.toString().endsWith(".md")).forEach(pages::add);
    }
    return pages;
  }
}
