/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The types of the JavaScript modules, by TypeScript's own compiler where npm can bring one: the
 * modules are checked with {@code --strict}, and the {@code .d.ts} files beside them are what the
 * compiler makes of them.
 *
 * <p>After a change: {@code target/npm/node_modules/.bin/tsc -p src/test/ts}, and copy {@code
 * target/types/*.d.ts} to {@code src/main/web}.
 */
class WebTypesTest {
  private static final String TYPESCRIPT = "typescript@5.9.3";
  private static final Path NPM = Path.of("target", "npm").toAbsolutePath();
  private static final Path TSC = NPM.resolve("node_modules/.bin/tsc");
  private static final Path WEB = Path.of("src", "main", "web");

  @BeforeAll
  static void bringTypeScript() throws Exception {
    Files.createDirectories(NPM);
    if (!Files.exists(TSC)
        && run("npm", "install", "--no-audit", "--no-fund", "--prefix", NPM.toString(), TYPESCRIPT)
            == null) {
      System.err.println(
          "**** NO TYPESCRIPT: npm is not there or brings none; the types of occ-client.js are NOT"
              + " CHECKED. ****");
      Assumptions.abort("no TypeScript was found");
    }
  }

  @Test
  void modules_areStrict_andTheirTypesAreThoseThatAreShipped() throws Exception {
    assertThat(run(TSC.toString(), "-p", "src/test/ts")).isNotNull();
    List<Path> made = typesIn(Path.of("target", "types"));
    assertThat(made).isNotEmpty().isEqualTo(typesIn(WEB));
    for (Path each : made) {
      assertThat(WEB.resolve(each))
          .hasSameTextualContentAs(Path.of("target", "types").resolve(each));
    }
  }

  /** What is served lost its comments on the way, and nothing else. */
  @Test
  void servedModules_areTheSameCode() throws Exception {
    Path served =
        Path.of(
            Objects.requireNonNull(
                    getClass().getResource("/META-INF/resources/webjars-locator.properties"))
                .toURI());
    List<Path> folders;
    try (Stream<Path> found = Files.list(served.resolveSibling("webjars/occ4j"))) {
      folders = found.toList();
    }
    assertThat(folders).hasSize(1);
    assertThat(emitted(folders.get(0), "served")).isEqualTo(emitted(WEB, "source"));
  }

  private static Map<String, String> emitted(Path folder, String name) throws Exception {
    Path out = Path.of("target", "emitted", name);
    List<String> command =
        new ArrayList<>(
            List.of(TSC.toString(), "--allowJs", "--removeComments", "--outDir", out.toString()));
    command.addAll(List.of("--target", "es2023", "--module", "es2022"));
    command.addAll(List.of("--rootDir", folder.toString(), "--moduleResolution", "bundler"));
    filesIn(folder, ".js").forEach(file -> command.add(folder.resolve(file).toString()));
    assertThat(run(command.toArray(String[]::new))).isNotNull();
    Map<String, String> modules = new TreeMap<>();
    for (Path file : filesIn(out, ".js")) {
      modules.put(file.toString(), Files.readString(out.resolve(file)));
    }
    assertThat(modules).isNotEmpty();
    return modules;
  }

  @Test
  void usersPage_compiles() throws Exception {
    assertThat(
            run(
                TSC.toString(),
                "--strict",
                "--noEmit",
                "--target",
                "es2023",
                "--module",
                "es2022",
                "--moduleResolution",
                "bundler",
                "src/test/ts/user.ts"))
        .isNotNull();
  }

  private static List<Path> typesIn(Path folder) throws IOException {
    return filesIn(folder, ".d.ts");
  }

  private static List<Path> filesIn(Path folder, String ending) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(Path::getFileName)
          .filter(name -> name.toString().endsWith(ending))
          .sorted()
          .toList();
    }
  }

  /** What it printed, or null if it failed or is not there. */
  private static String run(String... command) throws InterruptedException {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(NPM.resolve("output.txt").toFile())
              .start();
      boolean ended = process.waitFor(2, TimeUnit.MINUTES);
      if (!ended) {
        process.destroyForcibly();
      }
      String output = Files.readString(NPM.resolve("output.txt"), StandardCharsets.UTF_8);
      if (ended && process.exitValue() == 0) {
        return output;
      }
      System.err.println(output);
      return null;
    } catch (IOException notThere) {
      return null;
    }
  }
}
