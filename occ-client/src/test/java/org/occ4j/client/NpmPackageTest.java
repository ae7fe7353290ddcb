/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The npm package that {@code npm pack} makes of the WebJar's folder, unpacked as a user has it.
 */
class NpmPackageTest {

  /** Imports every entry by its name, as a user does; none but the dialog needs a browser. */
  private static final String USER =
      """
      import { OptimisticClient, mergeOnto } from "occ4j";
      import { mergeText } from "occ4j/text";
      import { sameValue } from "occ4j/merge";
      import { collections } from "occ4j/collections";
      import { BrowserJournal } from "occ4j/journal";
      import { TypedText } from "occ4j/typed";
      import { SPANISH } from "occ4j/texts";
      import { Deliberation } from "occ4j/deliberate";
      const all = [OptimisticClient, mergeOnto, mergeText, sameValue, collections, BrowserJournal, TypedText, SPANISH, Deliberation];
      console.log(all.every(Boolean), import.meta.resolve("occ4j/conflict-dialog").endsWith("/occ-conflict-dialog.js"));
      """;

  @TempDir Path user;

  @Test
  void packed_holdsModulesTypesAndSources_andCanBeImportedByName() throws Exception {
    JsonNode packed = new ObjectMapper().readTree(pack()).path(0);
    List<String> files = packed.path("files").findValuesAsText("path");
    assertThat(files)
        .contains("package.json", "occ-client.js", "occ-client.d.ts", "src/occ-client.js")
        .allMatch(name -> name.matches("package\\.json|(src/)?[a-z-]+\\.js|[a-z-]+\\.d\\.ts"));

    Path home = Files.createDirectories(user.resolve("node_modules/occ4j"));
    run(
        "tar",
        "xzf",
        user.resolve(packed.path("filename").asText()).toString(),
        "-C",
        home.toString(),
        "--strip-components=1");
    Files.writeString(user.resolve("user.mjs"), USER);
    assertThat(run("node", user.resolve("user.mjs").toString()))
        .isEqualToIgnoringWhitespace("true true");
  }

  private String pack() throws Exception {
    URL locator =
        Objects.requireNonNull(
            getClass().getResource("/META-INF/resources/webjars-locator.properties"));
    Path folder;
    try (Stream<Path> found =
        Files.list(Path.of(locator.toURI()).resolveSibling("webjars/occ4j"))) {
      folder = found.findFirst().orElseThrow();
    }
    try {
      return run(
          "npm",
          "pack",
          folder.toAbsolutePath().toString(),
          "--json",
          "--offline",
          "--pack-destination",
          user.toString());
    } catch (IOException noNpm) {
      System.err.println("**** NO NPM: the npm package is NOT CHECKED. ****");
      Assumptions.abort("no npm was found");
      return "";
    }
  }

  /** What it printed; its errors go to a file, as npm mixes notices into them. */
  private String run(String... command) throws IOException, InterruptedException {
    Path errors = user.resolve("errors.txt");
    Process process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(() -> read(errors)).isZero();
    return printed;
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException unreadable) {
      return unreadable.toString();
    }
  }
}
