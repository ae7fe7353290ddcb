/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.demo;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Request;
import com.microsoft.playwright.Response;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * The story that the library is for: the same task in two tabs, both saved, the second meets its
 * conflict and goes on.
 */
class TwoTabsBrowserTest extends BoardInBrowser {

  @Test
  void differentFields_refreshAndApply_losesNeither() throws Exception {
    String task = client.newTask("Write the report");
    Page first = editing(task);
    Page second = editing(task);
    save(first, task, "title", "Write the short report");
    conflict(second, "description", "With two charts");

    assertThat(second.getByTestId("theirs-title")).containsText("Write the short report");
    second.getByTestId("conflict-apply").click();

    assertThat(second.getByTestId("conflict-dialog")).isHidden();
    awaitTask(task, "title", "Write the short report");
    awaitTask(task, "description", "With two charts");
  }

  @Test
  void sameField_thePersonDecides() throws Exception {
    String task = client.newTask("Write the report");
    Page first = editing(task);
    Page second = editing(task);
    save(first, task, "title", "Write the short report");
    conflict(second, "title", "Write the long report");

    assertThat(second.getByTestId("theirs-title")).containsText("Write the short report");
    Locator mine = second.getByTestId("mine-title");
    assertThat(mine).hasValue("Write the long report");
    mine.fill("Write a report of medium length");
    second.getByTestId("conflict-apply").click();

    assertThat(second.getByTestId("conflict-dialog")).isHidden();
    awaitTask(task, "title", "Write a report of medium length");
    assertThat(second.getByTestId("task-" + task)).containsText("Write a report of medium length");
  }

  @Test
  void discard_revertsToTheServersState() throws Exception {
    String task = client.newTask("Write the report");
    Page first = editing(task);
    Page second = editing(task);
    save(first, task, "title", "Write the short report");
    conflict(second, "title", "Write the long report");
    long version = client.task(task).path("version").asLong();

    second.getByTestId("conflict-discard").click();

    assertThat(second.getByTestId("conflict-dialog")).isHidden();
    assertThat(second.getByTestId("task-" + task)).containsText("Write the short report");
    assertThat(client.task(task).path("version").asLong()).isEqualTo(version);
  }

  @Test
  void applied_newMutationIdAndTheVersionThatWon() throws Exception {
    String task = client.newTask("Write the report");
    Page first = editing(task);
    Page second = editing(task);
    List<JsonNode> sent = puts(second);
    save(first, task, "title", "Write the short report");
    conflict(second, "description", "With two charts");
    long winner = client.task(task).path("version").asLong();

    // Playwright tells of requests only while it waits for something itself.
    Response applied =
        second.waitForResponse(
            response -> response.request().method().equals("PUT"),
            () -> second.getByTestId("conflict-apply").click());

    assertThat(applied.status()).isEqualTo(200);
    assertThat(sent).hasSize(2);
    assertThat(sent.get(1).path("clientMutationId"))
        .isNotEqualTo(sent.get(0).path("clientMutationId"));
    assertThat(sent.get(1).path("version").asLong()).isEqualTo(winner);
  }

  @Test
  void serverRestartedInBetween_theStoryGoesOn() throws Exception {
    String task = client.newTask("Write the report");
    Page first = editing(task);
    Page second = editing(task);
    save(first, task, "title", "Write the short report");
    restart();
    conflict(second, "description", "With two charts");
    restart();

    second.getByTestId("conflict-apply").click();

    awaitTask(task, "description", "With two charts");
    assertThat(client.task(task).path("title").asText()).isEqualTo("Write the short report");
  }

  @Test
  void responseLostOnTheWire_oneEffectOnly() throws Exception {
    String task = client.newTask("Write the report");
    long before = client.task(task).path("version").asLong();
    Page page = editing(task);
    List<JsonNode> sent = puts(page);
    AtomicInteger lost = new AtomicInteger();
    page.route(
        "**/tasks/" + task,
        route -> {
          if (route.request().method().equals("PUT") && lost.getAndIncrement() == 0) {
            // The server carries it out, the browser never hears of it.
            route.fetch();
            route.abort();
          } else {
            route.resume();
          }
        });

    Response replayed =
        page.waitForResponse(
            response -> response.request().method().equals("PUT"),
            () -> {
              page.getByTestId("field-title").fill("Write it once");
              page.getByTestId("save").click();
            });

    assertThat(replayed.status()).isEqualTo(200);
    assertThat(replayed.headerValue("idempotency-replayed")).isEqualTo("true");
    assertThat(sent).hasSize(2);
    assertThat(sent.get(1)).isEqualTo(sent.get(0));
    // The replay tells what the first sending made; a second effect would have made another
    // version.
    long made = BoardClient.json(replayed.text()).path("version").asLong();
    assertThat(made).isGreaterThan(before);
    assertThat(client.task(task).path("version").asLong()).isEqualTo(made);
    assertThat(page.getByTestId("task-" + task)).containsText("Write it once");
  }

  @Test
  void spanishBrowser_readsTheDialogInSpanish() throws Exception {
    context.close();
    context = context("es-ES");
    String task = client.newTask("Escribir el informe");
    Page first = editing(task);
    Page second = editing(task);
    save(first, task, "title", "Escribir el informe corto");
    conflict(second, "title", "Escribir el informe largo");

    Locator dialog = second.getByTestId("conflict-dialog");
    assertThat(dialog.getByRole(com.microsoft.playwright.options.AriaRole.HEADING).first())
        .hasText("Esta tarea cambió mientras la editabas");
    assertThat(second.getByTestId("conflict-apply")).hasText("Refrescar y aplicar mis cambios");
    assertThat(second.getByTestId("conflict-discard")).hasText("Descartar mis cambios");
  }

  @Test
  void keyboardAlone_reachesTheDecision() throws Exception {
    String task = client.newTask("Write the report");
    Page first = editing(task);
    Page second = editing(task);
    save(first, task, "title", "Write the short report");
    conflict(second, "title", "Write the long report");

    assertThat(second.locator("#conflict-title")).isFocused();
    second.keyboard().press("Escape");
    assertThat(second.getByTestId("conflict-dialog")).isHidden();
    assertThat(client.task(task).path("title").asText()).isEqualTo("Write the short report");
    assertThat(second.getByTestId("task-" + task)).containsText("Write the long report");
  }

  /** The bodies of the writes that this tab sends from now on. */
  private static List<JsonNode> puts(Page page) {
    List<JsonNode> bodies = new CopyOnWriteArrayList<>();
    page.onRequest(request -> addPut(bodies, request));
    return bodies;
  }

  private static void addPut(List<JsonNode> bodies, Request request) {
    if (request.method().equals("PUT")) {
      bodies.add(BoardClient.json(request.postData()));
    }
  }

  private void restart() throws Exception {
    int port = URI.create(board.url()).getPort();
    board.close();
    board = BoardServer.start(TaskBoardWireTest.options(data, port));
  }
}
