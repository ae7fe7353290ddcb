/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.demo;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The dialog as an element of a React page, by the recipe of docs/client.md. */
class ReactBrowserTest extends BoardInBrowser {

  /** What React's packages call each other, and where their WebJars have it. */
  private static final Map<String, String> MODULES =
      Map.of(
          "react", "react/19.2.0/cjs/react.production.js",
          "react-dom", "react-dom/19.2.0/cjs/react-dom.production.js",
          "react-dom/client", "react-dom/19.2.0/cjs/react-dom-client.production.js",
          "scheduler", "scheduler/0.27.0/cjs/scheduler.production.js");

  private static final String PAGE =
      """
      <!doctype html>
      <html lang="es">
      <meta charset="utf-8">
      <title>React</title>
      <div id="root"></div>
      <script src="/react/modules.js"></script>
      <script type="module" src="/react/page.js"></script>
      </html>
      """;

  /** Since version 19 the packages are CommonJS alone, which a bundler reads; here it is this. */
  private static final String REQUIRE =
      """
      const modules = {}, loaded = {};
      function require(name) {
        if (!loaded[name]) modules[name]((loaded[name] = { exports: {} }), loaded[name].exports);
        return loaded[name].exports;
      }
      """;

  private static String modules() throws IOException {
    StringBuilder script = new StringBuilder(REQUIRE);
    for (Map.Entry<String, String> module : MODULES.entrySet()) {
      script
          .append("modules['" + module.getKey() + "'] = (module, exports) => {\n")
          .append(resource("/META-INF/resources/webjars/" + module.getValue()))
          .append("\n};\n");
    }
    return script.toString();
  }

  private static String resource(String name) throws IOException {
    try (InputStream file = ReactBrowserTest.class.getResourceAsStream(name)) {
      return new String(Objects.requireNonNull(file, name).readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static void serve(Page page, String path, String type, String body) {
    page.route(
        "**" + path,
        route -> route.fulfill(new Route.FulfillOptions().setContentType(type).setBody(body)));
  }

  @Test
  void conflict_isDecidedInTheElement_andReactIsTold() throws Exception {
    String task = client.newTask("Water the plants");
    Page page = context.newPage();
    serve(page, "/react.html", "text/html", PAGE);
    serve(page, "/react/modules.js", "text/javascript", modules());
    serve(page, "/react/page.js", "text/javascript", resource("/react/page.js"));
    page.navigate(board.url() + "react.html");
    assertThat(page.locator("li")).containsText("Water the plants");
    client.put(
        task,
        "{\"title\":\"Theirs\",\"version\":\"%s\",\"clientMutationId\":\"%s\"}"
            .formatted(client.task(task).path("version").asText(), UUID.randomUUID()),
        "X-User",
        "Berta");

    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Rename")).click();

    assertThat(page.getByTestId("conflict-dialog"))
        .containsText("Esta tarea cambió mientras la editabas");
    assertThat(page.getByTestId("conflict-field-title")).containsText("Título");
    assertThat(page.getByTestId("theirs-title")).hasText("Theirs");
    page.getByTestId("take-mine-title").click();
    page.getByTestId("conflict-apply").click();
    assertThat(page.getByTestId("conflict-dialog")).isHidden();
    awaitTask(task, "title", "Mine");
    assertThat(page.locator("li")).containsText("Mine");
    assertThat(page.getByTestId("ended")).hasText(task);
  }
}
