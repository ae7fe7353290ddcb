/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.demo;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.occ4j.testkit.Patience.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Response;
import com.microsoft.playwright.Route;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What a person typed outlives the page in which they did. */
class SurvivalBrowserTest extends BoardInBrowser {

  private static final Pattern TASKS = Pattern.compile(".*/tasks(/.*)?$");

  private static final String MINE = "Write the long report";

  /** From now on the disk takes nothing and never answers, as if the page went away meanwhile. */
  private static final String DISK_IS_SLOW =
      """
      () => {
        const begin = IDBDatabase.prototype.transaction;
        const never = { objectStore: () => ({ put() {}, delete() {} }), addEventListener() {} };
        IDBDatabase.prototype.transaction = function (stores, mode, ...rest) {
          return mode === "readwrite" ? never : begin.call(this, stores, mode, ...rest);
        };
      }
      """;

  private static final String STAGED =
      "() => Object.entries(localStorage).filter(([name]) => name.includes(':staged:'))";

  private final List<JsonNode> puts = new ArrayList<>();

  /** Lets nothing through to the server, as a cut network; what is sent again is counted. */
  private final Consumer<Route> cut = Route::abort;

  private void goOffline() {
    context.route(TASKS, cut);
  }

  private void goOnline() {
    context.unroute(TASKS, cut);
  }

  private void countPuts() {
    context.onRequest(
        request -> {
          if (request.method().equals("PUT")) {
            puts.add(BoardClient.json(request.postData()));
          }
        });
  }

  private static void type(Page page, String task, String field, String text) {
    edit(page, task);
    page.getByTestId("field-" + field).fill(text);
    page.getByTestId("save").click();
  }

  @Test
  void withoutLocksAndChannel_editSurvivesAllTheSame() throws Exception {
    context.addInitScript(
        "Object.defineProperty(navigator, 'locks', {value: undefined}); delete window.BroadcastChannel");
    offlineThenReloadThenOnline_editIsShownAllTheTimeAndSavedOnce();
  }

  @Test
  void offlineThenReloadThenOnline_editIsShownAllTheTimeAndSavedOnce() throws Exception {
    String task = client.newTask("Write the report");
    Page page = opened();
    countPuts();
    goOffline();
    type(page, task, "title", MINE);
    assertThat(page.getByTestId("state-" + task)).hasText("Offline, will retry");

    page.reload();
    assertThat(page.getByTestId("task-" + task)).containsText(MINE);
    goOnline();

    assertThat(page.getByTestId("state-" + task)).hasText("Saved");
    assertThat(client.task(task).path("title").asText()).isEqualTo(MINE);
    assertThat(puts)
        .extracting(put -> put.path("clientMutationId").asText())
        .containsOnly(firstId());
  }

  private String firstId() {
    return puts.get(0).path("clientMutationId").asText();
  }

  @Test
  void reloadedBeforeTheDiskHasIt_editIsShownAndSavedOnce() throws Exception {
    String task = client.newTask("Write the report");
    Page page = opened();
    countPuts();
    assertThat(page.getByTestId("task-" + task)).isVisible();
    page.evaluate(DISK_IS_SLOW);
    type(page, task, "title", MINE);

    page.reload();

    assertThat(page.getByTestId("state-" + task)).hasText("Saved");
    assertThat(client.task(task).path("title").asText()).isEqualTo(MINE);
    assertThat(puts).hasSize(1);
    assertThat((List<?>) page.evaluate(STAGED)).isEmpty();
  }

  @Test
  void closedBeforeTheDiskHasIt_theOtherTabSendsWhatItLeft() throws Exception {
    String task = client.newTask("Write the report");
    Page first = opened();
    Page second = opened();
    assertThat(second.getByTestId("task-" + task)).isVisible();
    assertThat(first.getByTestId("task-" + task)).isVisible();
    first.evaluate(DISK_IS_SLOW);
    type(first, task, "title", MINE);

    first.close();

    awaitTask(task, "title", MINE);
    assertThat(second.getByTestId("task-" + task)).containsText(MINE);
  }

  @Test
  void whatWasSavedComesBackAfterACrash_isDoneOnceAllTheSame() throws Exception {
    Page page = opened();
    assertThat(page.getByTestId("new-task")).isVisible();
    page.evaluate(DISK_IS_SLOW);
    page.getByTestId("new-task").click();
    page.getByTestId("field-title").fill(MINE);
    page.getByTestId("save").click();
    Object staged = page.evaluate(STAGED);
    assertThat((List<?>) staged).hasSize(1);
    page.reload();
    await().until(() -> client.get("tasks").body().size() == 1);

    page.evaluate(
        "(staged) => staged.forEach(([name, text]) => localStorage.setItem(name, text))", staged);
    Response answer =
        page.waitForResponse(
            response ->
                response.request().method().equals("POST") && response.url().endsWith("/tasks"),
            page::reload);

    assertThat(answer.ok()).isTrue();
    assertThat(client.get("tasks").body()).hasSize(1);
  }

  @Test
  void closedInTheMiddleOfSending_nextPageSettlesTheSameMutation() throws Exception {
    String task = client.newTask("Write the report");
    Page page = opened();
    countPuts();
    page.route(
        Pattern.compile(".*/tasks/.*"),
        route -> {
          route.fetch(); // the server carries it out; nobody is there any more to hear of it
        });
    edit(page, task);
    page.getByTestId("field-title").fill(MINE);
    page.waitForRequest(
        request -> request.method().equals("PUT"), () -> page.getByTestId("save").click());
    // Routes are served only while Playwright itself waits.
    page.waitForCondition(() -> titleOf(task).equals(MINE));
    page.close();

    Page next = opened();

    assertThat(next.getByTestId("state-" + task)).hasText("Saved");
    assertThat(puts).hasSize(2);
    assertThat(puts.get(1)).isEqualTo(puts.get(0));
  }

  private String titleOf(String task) {
    try {
      return client.task(task).path("title").asText();
    } catch (Exception failed) {
      throw new AssertionError(failed);
    }
  }

  @Test
  void twoTabs_shareOneQueue() throws Exception {
    String task = client.newTask("Write the report");
    Page first = opened();
    Page second = opened();
    assertThat(second.getByTestId("task-" + task)).isVisible();
    goOffline();
    type(first, task, "title", MINE);
    assertThat(second.getByTestId("task-" + task)).containsText(MINE);

    type(second, task, "description", "With two charts");
    assertThat(first.getByTestId("task-" + task)).containsText("With two charts");
    goOnline();

    for (Page page : List.of(first, second)) {
      assertThat(page.getByTestId("state-" + task)).hasText("Saved");
      assertThat(page.getByTestId("conflict-dialog")).isHidden();
    }
    assertThat(client.task(task).path("title").asText()).isEqualTo(MINE);
    assertThat(client.task(task).path("description").asText()).isEqualTo("With two charts");
  }

  @Test
  void tabClosed_theOtherOneSendsWhatItLeft() throws Exception {
    String task = client.newTask("Write the report");
    Page first = opened();
    Page second = opened();
    goOffline();
    type(first, task, "title", MINE);
    assertThat(second.getByTestId("task-" + task)).containsText(MINE);

    first.close();
    goOnline();

    assertThat(second.getByTestId("state-" + task)).hasText("Saved");
    assertThat(client.task(task).path("title").asText()).isEqualTo(MINE);
  }

  @Test
  void reloadInConflict_dialogIsThereAgain() throws Exception {
    String task = client.newTask("Write the report");
    Page page = editing(task);
    change(task, "Write the short report");
    conflict(page, "title", MINE);

    page.reload();

    assertThat(page.getByTestId("conflict-dialog")).isVisible();
    assertThat(page.getByTestId("theirs-title")).containsText("Write the short report");
    page.getByTestId("take-mine-title").click();
    page.getByTestId("conflict-apply").click();
    awaitTask(task, "title", MINE);
  }

  @Test
  void typedIntoAForm_isThereAfterAReload_andMeetsWhatWasSavedSince() throws Exception {
    String task = client.newTask("Write the report");
    Page page = editing(task);
    page.getByTestId("field-title").fill(MINE);
    change(task, "Write the short report");

    page.reload();

    assertThat(page.getByTestId("field-title")).hasValue(MINE);
    conflict(page, () -> page.getByTestId("save").click());
    page.getByTestId("conflict-discard").click();
    page.reload();
    assertThat(page.getByTestId("task-" + task)).containsText("Write the short report");
    assertThat(page.getByTestId("field-title")).isHidden();
  }

  @Test
  void typedIntoANewTask_isThereAfterAReload() {
    Page page = opened();
    page.getByTestId("new-task").click();
    page.getByTestId("field-title").fill("Half a tas");

    page.reload();

    assertThat(page.getByTestId("field-title")).hasValue("Half a tas");
  }

  @Test
  void storageForbidden_isToldAndEditsGoOn() throws Exception {
    assertTold(
        "Object.defineProperty(window, 'indexedDB', {get() { throw new DOMException('no', 'SecurityError') }})",
        "The browser keeps nothing here");
  }

  @Test
  void storageFull_isToldAndEditsGoOn() throws Exception {
    assertTold(
        "IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError') }",
        "The browser's storage is full");
  }

  private void assertTold(String script, String text) throws Exception {
    context.addInitScript(script);
    String task = client.newTask("Write the report");
    Page page = opened();
    assertThat(page.getByTestId("task-" + task)).isVisible();
    goOffline();
    type(page, task, "title", MINE);

    assertThat(page.getByTestId("status-line")).containsText(text);
    goOnline();
    assertThat(page.getByTestId("state-" + task)).hasText("Saved");
    assertThat(client.task(task).path("title").asText()).isEqualTo(MINE);
  }

  private void change(String task, String title) throws Exception {
    String version = client.task(task).path("version").asText();
    client.put(
        task,
        "{\"title\":\"%s\",\"version\":\"%s\",\"clientMutationId\":\"%s\"}"
            .formatted(title, version, java.util.UUID.randomUUID()),
        "X-User",
        "Berta");
  }
}
