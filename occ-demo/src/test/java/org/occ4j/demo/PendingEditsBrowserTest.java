/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.demo;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Response;
import com.microsoft.playwright.Route;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Edits that wait while others change the same task, and one whose answer nobody can give. */
class PendingEditsBrowserTest extends BoardInBrowser {

  private static final Pattern TASKS = Pattern.compile(".*/tasks(/.*)?$");
  private static final String EXPIRED = "<!doctype html><title>Your session has expired</title>";

  private final Consumer<Route> cut = Route::abort;

  /** The writes that were carried out for the first time, and those answered from memory. */
  private final List<Response> done = new CopyOnWriteArrayList<>();

  private void recordDone() {
    context.onResponse(
        response -> {
          if (response.request().method().equals("PUT") && response.ok()) {
            done.add(response);
          }
        });
  }

  private static String idOf(Response response) {
    return BoardClient.json(response.request().postData()).path("clientMutationId").asText();
  }

  private static void type(Page page, String task, String field, String text) {
    edit(page, task);
    page.getByTestId("field-" + field).fill(text);
    page.getByTestId("save").click();
    assertThat(page.getByTestId("task-" + task)).containsText(text);
  }

  /** Three edits of one task without a network, and what Berta did in the meantime. */
  private Page threeEditsWaitingBehindBertas(String task, String address) throws Exception {
    Page page = context.newPage();
    page.navigate(board.url() + address);
    assertThat(page.getByTestId("task-" + task)).isVisible();
    recordDone();
    context.route(TASKS, cut);
    type(page, task, "title", "Write the long report");
    type(page, task, "description", "With two charts");
    page.getByTestId("task-" + task).getByTestId("move-doing").click();
    assertThat(page.getByTestId("column-doing")).containsText("Write the long report");
    String version = client.task(task).path("version").asText();
    client.put(
        task,
        "{\"assignee\":\"Berta\",\"version\":\"%s\",\"clientMutationId\":\"%s\"}"
            .formatted(version, UUID.randomUUID()),
        "X-User",
        "Berta");
    return page;
  }

  private void goOnline(Page page) {
    context.unroute(TASKS, cut);
    page.evaluate("() => void window.dispatchEvent(new Event('online'))");
  }

  private void assertAllArrivedOnce(Page page, String task) throws Exception {
    assertThat(page.getByTestId("state-" + task)).hasText("Saved");
    JsonNode saved = client.task(task);
    assertThat(saved.path("title").asText()).isEqualTo("Write the long report");
    assertThat(saved.path("description").asText()).isEqualTo("With two charts");
    assertThat(saved.path("status").asText()).isEqualTo("doing");
    assertThat(saved.path("assignee").asText()).isEqualTo("Berta");
    // One effect each: three writes were carried out, under three ids, and none a second time.
    List<Response> effects =
        done.stream().filter(a -> a.headerValue("idempotency-replayed") == null).toList();
    assertThat(effects)
        .hasSize(3)
        .extracting(PendingEditsBrowserTest::idOf)
        .doesNotHaveDuplicates();
  }

  @Test
  void threePendingEdits_afterOneDecisionAllArriveOnTopOfTheOthersChange() throws Exception {
    String task = client.newTask("Write the report");
    Page page = threeEditsWaitingBehindBertas(task, "");
    goOnline(page);

    assertThat(page.getByTestId("conflict-dialog")).isVisible();
    assertThat(page.getByTestId("theirs-assignee")).containsText("Berta");
    page.getByTestId("conflict-apply").click();

    assertAllArrivedOnce(page, task);
    assertThat(page.getByTestId("conflict-dialog")).isHidden();
  }

  @Test
  void threePendingEdits_combinedQuietly_allArriveOnTopOfTheOthersChange() throws Exception {
    String task = client.newTask("Write the report");
    Page page = threeEditsWaitingBehindBertas(task, "?combine-quietly");
    goOnline(page);

    assertAllArrivedOnce(page, task);
    assertThat(page.getByTestId("conflict-dialog")).isHidden();
  }

  /** The write is carried out, its answer is cut off, and then somebody else answers. */
  @Test
  void answerLost_then401_isNeitherLostNorSaved_andSettledAfterTheLoginAsTheSameMutation()
      throws Exception {
    String task = client.newTask("Write the report");
    Page page = opened();
    recordDone();
    AtomicInteger sendings = new AtomicInteger();
    AtomicBoolean loggedIn = new AtomicBoolean();
    List<JsonNode> sent = new CopyOnWriteArrayList<>();
    page.route(
        "**/tasks/" + task,
        route -> {
          if (!route.request().method().equals("PUT")) {
            route.resume();
            return;
          }
          sent.add(BoardClient.json(route.request().postData()));
          if (sendings.getAndIncrement() == 0) {
            route.fetch();
            route.abort();
          } else if (loggedIn.get()) {
            route.resume();
          } else {
            route.fulfill(
                new Route.FulfillOptions()
                    .setStatus(401)
                    .setContentType("text/html")
                    .setBody(EXPIRED));
          }
        });
    type(page, task, "title", "Write it once");

    assertThat(page.getByTestId("state-" + task)).hasText("No answer: may or may not be saved");
    assertThat(page.getByTestId("task-" + task)).containsText("Write it once");
    assertThat(page.getByTestId("conflict-dialog")).isHidden();
    assertThat(page.getByTestId("resend-" + task)).isVisible();
    assertThat(done).isEmpty();
    String made = client.task(task).path("version").asText();
    assertThat(client.task(task).path("title").asText()).isEqualTo("Write it once");

    loggedIn.set(true);
    page.getByTestId("resend-" + task).click();

    assertThat(page.getByTestId("state-" + task)).hasText("Saved");
    assertThat(sent).hasSizeGreaterThan(2).allMatch(each -> each.equals(sent.get(0)));
    assertThat(done).hasSize(1);
    assertThat(done.get(0).headerValue("idempotency-replayed")).isEqualTo("true");
    assertThat(client.task(task).path("version").asText()).isEqualTo(made);
  }
}
