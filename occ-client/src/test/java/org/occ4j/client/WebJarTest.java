/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

/** What browsers load: where it lies, that it is complete, and how much it is. */
class WebJarTest {
  private static final Path WEB = Path.of("src", "main", "web");
  private static final int MOST_BYTES = 30 * 1024;

  private static List<Path> modules() throws IOException {
    try (Stream<Path> files = Files.list(WEB)) {
      return files.filter(file -> file.toString().endsWith(".js")).sorted().toList();
    }
  }

  /** Comments are left out, as every bundler does. */
  @Test
  void clientAndDialogTogether_areSmall() throws IOException {
    StringBuilder code = new StringBuilder();
    for (Path module : modules()) {
      code.append(
          Files.readString(module)
              .replaceAll("(?s)/\\*\\*.*?\\*/", "")
              .replaceAll("(?m)^\\s*//.*$", "")
              .replaceAll("\\n\\s+", "\n"));
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write(code.toString().getBytes(StandardCharsets.UTF_8));
    }
    assertThat(bytes.size()).isLessThanOrEqualTo(MOST_BYTES);
  }

  @Test
  void resources_lieUnderTheVersionThatTheLocatorTells() throws IOException {
    Properties versions = new Properties();
    try (InputStream file =
        getClass().getResourceAsStream("/META-INF/resources/webjars-locator.properties")) {
      versions.load(file);
    }
    String folder = "/META-INF/resources/webjars/occ4j/" + versions.getProperty("occ4j.version");
    for (Path module : modules()) {
      assertThat(getClass().getResource(folder + "/" + module.getFileName())).isNotNull();
    }
    JsonNode npm;
    try (InputStream file = getClass().getResourceAsStream(folder + "/package.json")) {
      npm = new ObjectMapper().readTree(file);
    }
    assertThat(npm.path("version").asText()).isEqualTo(versions.getProperty("occ4j.version"));
    npm.path("exports").forEach(file -> assertThat(WEB.resolve(file.asText())).isRegularFile());
    assertThat(npm.has("dependencies")).isFalse();
  }

  @Test
  void modules_importNothingFromElsewhere() throws IOException {
    Pattern imported = Pattern.compile("(?m)^(?:import|export)\\b[^;]*?from \"([^\"]+)\"");
    for (Path module : modules()) {
      assertThat(imported.matcher(Files.readString(module)).results().map(found -> found.group(1)))
          .allSatisfy(name -> assertThat(WEB.resolve(name).normalize()).isRegularFile());
    }
  }
}
