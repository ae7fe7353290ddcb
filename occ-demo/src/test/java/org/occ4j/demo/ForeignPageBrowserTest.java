/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.demo;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The page of docs/client.md works as it stands there. */
class ForeignPageBrowserTest extends BoardInBrowser {

  private static final Pattern PAGE = Pattern.compile("(?s)```html\\n(.*?)```");

  @Test
  void pageOfTheDocumentation_meetsAConflictAndGoesOn() throws Exception {
    Matcher found = PAGE.matcher(Files.readString(Path.of("..", "docs", "client.md")));
    assertThat(found.find()).isTrue();
    String html = found.group(1);
    assertThat(html.lines().count()).isLessThanOrEqualTo(24);
    String task = client.newTask("Water the plants");
    Page page = context.newPage();
    page.route(
        "**/page.html",
        route ->
            route.fulfill(new Route.FulfillOptions().setContentType("text/html").setBody(html)));
    page.navigate(board.url() + "page.html");
    assertThat(page.locator("#list")).containsText("Water the plants");
    String version = client.task(task).path("version").asText();
    client.put(
        task,
        "{\"title\":\"Theirs\",\"version\":\"%s\",\"clientMutationId\":\"%s\"}"
            .formatted(version, UUID.randomUUID()));

    page.evaluate("id => void window.rename(id, 'Mine')", task);

    assertThat(page.getByTestId("conflict-dialog")).containsText("Esta tarea cambió");
    page.getByTestId("take-mine-title").click();
    page.getByTestId("conflict-apply").click();
    assertThat(page.getByTestId("conflict-dialog")).isHidden();
    awaitTask(task, "title", "Mine");
  }
}
