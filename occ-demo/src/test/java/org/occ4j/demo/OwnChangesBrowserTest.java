/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.demo;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nobody is told of their own change as if somebody else had made it. */
class OwnChangesBrowserTest extends BoardInBrowser {

  private Page named(String name) {
    Page page = opened();
    page.getByTestId("user-name").fill(name);
    return page;
  }

  @ParameterizedTest
  @ValueSource(strings = {"Ana", "Zoë", ""})
  void conflictWithMyOtherTab_isToldAsMine(String name) throws Exception {
    context.close();
    context = context("es-ES");
    String task = client.newTask("Regar las plantas");
    Page first = named(name);
    Page second = named(name);
    edit(first, task);
    edit(second, task);
    save(first, task, "title", "Regar las plantas hoy");
    Locator form = second.getByTestId("task-" + task);
    assertThat(form).containsText("tú cambiaste esta tarea en otra pestaña");
    conflict(second, "title", "Regar las plantas mañana");

    Locator dialog = second.getByTestId("conflict-dialog");
    assertThat(dialog).containsText("Tú guardaste otra versión");
    assertThat(dialog).containsText("Lo cambiaste en ambos sitios");
    assertThat(second.getByTestId("take-theirs-title")).containsText("tú, en el otro sitio");
    String who = name.isEmpty() ? "Invitado" : name;
    assertThat(dialog).not().containsText(who);
    assertThat(dialog).not().containsText("Ambos lo cambiaron");
  }

  @Test
  void conflictWithSomebodyElse_isToldAsTheirs() throws Exception {
    String task = client.newTask("Water the plants");
    Page first = named("Berta");
    Page second = named("Ana");
    edit(first, task);
    edit(second, task);
    save(first, task, "title", "Water the plants today");
    conflict(second, "title", "Water the plants tomorrow");

    assertThat(second.getByTestId("conflict-dialog")).containsText("Berta saved another version");
  }

  @ParameterizedTest
  @ValueSource(strings = {"Ana", ""})
  void mySlowChange_seenByThePoll_isNoNews(String name) throws Exception {
    context.addInitScript("delete window.EventSource");
    assertNoNews(name, "/tasks", 2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Ana", ""})
  void mySlowChange_toldByTheServer_isNoNews(String name) throws Exception {
    assertNoNews(name, null, 1);
  }

  /**
   * My change is seen before its answer comes.
   *
   * @param path where the page reads it, or null for the task's own
   * @param readings how often that is waited for
   */
  private void assertNoNews(String name, @Nullable String path, int readings) throws Exception {
    String task = client.newTask("Water the plants");
    Page page = named(name);
    String address = path == null ? "/tasks/" + task : path;
    AtomicInteger seen = new AtomicInteger();
    List<Route> held = new ArrayList<>();
    page.onResponse(
        response -> {
          if (response.url().endsWith(address) && response.request().method().equals("GET")) {
            seen.addAndGet(response.text().contains("Water the plants today") ? 1 : 0);
          }
        });
    page.route(
        "**/tasks/" + task,
        route -> {
          if (route.request().method().equals("PUT") && held.isEmpty()) {
            route.fetch(); // the server has done it; its answer is late
            held.add(route);
          } else {
            route.resume();
          }
        });
    edit(page, task);
    page.getByTestId("field-title").fill("Water the plants today");
    page.getByTestId("save").click();
    edit(page, task);
    Locator card = page.getByTestId("task-" + task);

    // The new state comes, and the form stays as silent as before.
    page.waitForCondition(() -> seen.get() >= readings);
    assertThat(card.locator(".notice")).isHidden();
    assertThat(card).not().containsText("changed this task");
    page.getByTestId("field-description").fill("All of them");
    page.getByTestId("save").click();
    held.get(0).abort();

    // Waits in the browser: its routes are served only while Playwright itself waits.
    assertThat(page.getByTestId("status-line")).hasText("Saved “Water the plants today”");
    assertThat(page.getByTestId("state-" + task)).hasText("Saved");
    assertThat(client.task(task).path("description").asText()).isEqualTo("All of them");
    assertThat(page.getByTestId("conflict-dialog")).isHidden();
    assertThat(card).containsText("Edited by you");
  }

  @Test
  void answerNotUnderstood_isSeen() throws Exception {
    context.addInitScript("delete window.EventSource");
    String task = client.newTask("Water the plants");
    Page page = opened();
    page.getByTestId("edit-" + task).waitFor();
    page.route(
        "**/tasks", route -> route.fulfill(new Route.FulfillOptions().setBody("[{\"id\":\"1\"}]")));

    assertThat(page.getByTestId("status-line")).containsText("was not understood");
    assertThat(page.getByTestId("task-" + task)).isVisible();
  }
}
