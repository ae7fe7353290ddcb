/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.demo;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.occ4j.testkit.Patience.await;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Request;
import com.microsoft.playwright.Route;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What other people do shows at once, without asking; and by asking where nobody tells. */
class LiveBrowserTest extends BoardInBrowser {

  private static final String WITHOUT_POLLING = "?poll=never";

  /** How often a page has begun to read the whole list, and how often it got it. */
  private final AtomicInteger begun = new AtomicInteger();

  private final AtomicInteger listed = new AtomicInteger();

  private Page opened(String address) {
    context.onRequest(request -> count(request, begun));
    context.onRequestFinished(request -> count(request, listed));
    Page page = context.newPage();
    page.navigate(board.url() + address);
    return page;
  }

  private void count(Request request, AtomicInteger listings) {
    if (request.url().equals(board.url() + "tasks") && request.method().equals("GET")) {
      listings.incrementAndGet();
    }
  }

  /** A page that has read the list by itself, and once more when it was told that it missed all. */
  private Page listening(String task) {
    Page page = opened(WITHOUT_POLLING);
    assertThat(page.getByTestId("task-" + task)).isVisible();
    page.waitForCondition(() -> listed.get() == 2);
    return page;
  }

  private void rename(String task, String title) throws Exception {
    String version = client.task(task).path("version").asText();
    BoardClient.Answer answer =
        client.put(
            task,
            "{\"title\":\"%s\",\"version\":\"%s\",\"clientMutationId\":\"%s\"}"
                .formatted(title, version, UUID.randomUUID()),
            "X-User",
            "Berta");
    assertThat(answer.status()).isEqualTo(200);
  }

  @Test
  void bertasChanges_showOnAnasBoard_whilePollingIsOff() throws Exception {
    String task = client.newTask("Water the plants");
    Page ana = opened(WITHOUT_POLLING);
    assertThat(ana.getByTestId("task-" + task)).isVisible();

    rename(task, "Water the plants on the balcony");
    assertThat(ana.getByTestId("task-" + task)).containsText("on the balcony");
    assertThat(ana.getByTestId("task-" + task)).containsText("Berta");
    String more = client.newTask("Buy soil");
    assertThat(ana.getByTestId("task-" + more)).containsText("Buy soil");
    client.delete(
        more,
        "If-Match",
        "\"" + client.task(more).path("version").asText() + "\"",
        "Idempotency-Key",
        UUID.randomUUID().toString());
    assertThat(ana.getByTestId("task-" + more)).isHidden();
  }

  /** What was seen is told to the server, which tells the rest: the list is not read again. */
  @Test
  void afterACut_goesOnWithoutAGap_andWithoutReadingAllAnew() throws Exception {
    String task = client.newTask("Water the plants");
    Page ana = listening(task);
    rename(task, "Water them today");
    assertThat(ana.getByTestId("task-" + task)).containsText("Water them today");

    board.events().cut();
    rename(task, "Water them tomorrow");
    String more = client.newTask("Buy soil");

    assertThat(ana.getByTestId("task-" + task)).containsText("Water them tomorrow");
    assertThat(ana.getByTestId("task-" + more)).isVisible();
    assertThat(begun).hasValue(2);
  }

  @Test
  void whatWasToldWhileReadingFails_isReadLater() throws Exception {
    String task = client.newTask("Water the plants");
    Page ana = listening(task);
    AtomicInteger failures = new AtomicInteger();
    ana.route(
        "**/tasks/" + task,
        route -> {
          if (failures.getAndIncrement() < 2) {
            route.abort();
          } else {
            route.resume();
          }
        });

    rename(task, "Water them today");

    assertThat(ana.getByTestId("task-" + task)).containsText("Water them today");
    assertThat(failures).hasValueGreaterThan(2);
  }

  @Test
  void browserWithoutEventSource_asks() throws Exception {
    context.addInitScript("delete window.EventSource");
    assertAsks();
    assertThat(board.events().readers()).isZero();
  }

  @Test
  void serverThatTellsNothing_isAsked() throws Exception {
    context.route("**/events", route -> route.fulfill(new Route.FulfillOptions().setStatus(503)));
    assertAsks();
  }

  private void assertAsks() throws Exception {
    String task = client.newTask("Water the plants");
    Page ana = opened("");
    assertThat(ana.getByTestId("task-" + task)).isVisible();
    rename(task, "Water them today");

    assertThat(ana.getByTestId("task-" + task)).containsText("Water them today");
  }

  @Test
  void pageThatIsLeft_givesItsThreadBack() throws Exception {
    Page ana = opened("");
    ana.waitForCondition(() -> board.events().readers() == 1);

    ana.close();
    // A server notices when it next writes.
    await()
        .until(
            () -> {
              client.newTask("Water the plants");
              return board.events().readers() == 0;
            });
  }
}
