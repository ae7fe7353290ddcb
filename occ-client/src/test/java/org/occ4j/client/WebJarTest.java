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
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

/** What browsers load: where it lies, that it is complete, and how much it is. */
class WebJarTest {
  private static final Path WEB = Path.of("src", "main", "web");
  private static final int MOST_BYTES = 30 * 1024;

  /** A page loads these by itself, or does not; nothing else imports them. */
  private static final Set<String> APART =
      Set.of("occ-live.js", "occ-presence.js", "occ-collections.js");

  private static List<Path> modules() throws IOException {
    try (Stream<Path> files = Files.list(WEB)) {
      return files.filter(file -> file.toString().endsWith(".js")).sorted().toList();
    }
  }

  /** Each by itself, as a server sends them. */
  @Test
  void clientAndDialogTogether_asServed_areSmall() throws IOException {
    int together = 0;
    int apart = 0;
    for (Path module : modules()) {
      int size = gzipped(served(module));
      boolean optional = APART.contains(module.getFileName().toString());
      together += optional ? 0 : size;
      apart += optional ? size : 0;
    }
    System.out.println(
        "client and dialog as served, gzipped: " + together + " bytes, and apart: " + apart);
    assertThat(together).isLessThanOrEqualTo(MOST_BYTES);
  }

  private static int gzipped(String text) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return bytes.size();
  }

  @Test
  void optionalModules_areImportedByNone() throws IOException {
    for (Path module : modules()) {
      if (!APART.contains(module.getFileName().toString())) {
        assertThat(imports(module)).doesNotContainAnyElementsOf(APART);
      }
    }
  }

  private static List<String> imports(Path module) throws IOException {
    Pattern imported = Pattern.compile("(?m)^(?:import|export)\\b[^;]*?(?:from )?\"\\./([^\"]+)\"");
    return imported.matcher(Files.readString(module)).results().map(m -> m.group(1)).toList();
  }

  /**
   * Ant takes the comments out, which knows strings in double quotes and no regular expressions: a
   * quote in one of those is written as its number, lest the rest of the module be taken for a
   * string. {@link WebTypesTest} compares the code itself.
   */
  @Test
  void served_isTheSourceWithoutComments_whichLiesBeside() throws IOException {
    for (Path module : modules()) {
      String source = Files.readString(module);
      assertThat(resource("src/" + module.getFileName())).isEqualTo(source);
      assertThat(served(module)).doesNotContain("/**").doesNotContainPattern("(?m)^\\s*//|^\\s*$");
      String code = source.replaceAll("(?s)/\\*.*?\\*/", "").replaceAll("(?m)(^|\\s)// .*$", "$1");
      assertThat(served(module)).isEqualToIgnoringWhitespace(code);
    }
  }

  private static String served(Path module) throws IOException {
    return resource(module.getFileName().toString());
  }

  private static String resource(String name) throws IOException {
    try (InputStream file = WebJarTest.class.getResourceAsStream(folder() + "/" + name)) {
      return new String(Objects.requireNonNull(file, name).readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static String folder() throws IOException {
    return "/META-INF/resources/webjars/occ4j/" + versions().getProperty("occ4j.version");
  }

  private static Properties versions() throws IOException {
    Properties versions = new Properties();
    try (InputStream file =
        WebJarTest.class.getResourceAsStream("/META-INF/resources/webjars-locator.properties")) {
      versions.load(file);
    }
    return versions;
  }

  @Test
  void resources_lieUnderTheVersionThatTheLocatorTells() throws IOException {
    for (Path module : modules()) {
      assertThat(served(module)).isNotEmpty();
    }
    JsonNode npm = new ObjectMapper().readTree(resource("package.json"));
    assertThat(npm.path("version").asText()).isEqualTo(versions().getProperty("occ4j.version"));
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
