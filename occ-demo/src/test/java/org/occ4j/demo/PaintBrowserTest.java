/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.demo;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.microsoft.playwright.CDPSession;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Tells how long a board of 500 tasks takes from a click to the picture of what it did. */
class PaintBrowserTest extends BoardInBrowser {
  private static final int TASKS = 500;
  private static final int CLICKS = 9;
  private static final int SLOWDOWN = 4;

  /** From the click, as the browser stamps it, to the first turn after the next picture. */
  private static final String CLICK =
      """
      (at) => new Promise((resolve) => {
        const button = document.querySelectorAll("[data-testid=move-doing]")[at];
        const before = performance.now();
        button.click();
        queueMicrotask(() => requestAnimationFrame(() => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => resolve(performance.now() - before);
          port2.postMessage(null);
        }));
      })
      """;

  private static String tasks() {
    return IntStream.range(0, TASKS)
        .mapToObj(
            i ->
                "{\"id\":\"%d\",\"version\":1,\"title\":\"Task %d\",\"description\":\"Of many\",\"status\":\"todo\",\"assignee\":\"Ana\",\"updatedBy\":\"Berta\",\"updatedAt\":\"2026-11-29T12:00:00Z\"}"
                    .formatted(i, i))
        .collect(Collectors.joining(",", "[", "]"));
  }

  @Test
  void click_onABoardOf500Tasks_isPainted() {
    Page page = context.newPage();
    page.route(
        "**/tasks",
        route ->
            route.fulfill(
                new Route.FulfillOptions().setContentType("application/json").setBody(tasks())));
    page.route("**/tasks/*", Route::abort);
    page.navigate(board.url());
    assertThat(page.locator(".card")).hasCount(TASKS);
    CDPSession devtools = context.newCDPSession(page);
    JsonObject rate = new JsonObject();
    rate.addProperty("rate", SLOWDOWN);
    devtools.send("Emulation.setCPUThrottlingRate", rate);

    List<Double> millis =
        IntStream.range(0, CLICKS)
            .mapToObj(i -> ((Number) page.evaluate(CLICK, i * 50)).doubleValue())
            .sorted()
            .toList();

    System.out.printf(
        "%d tasks, CPU slowed down %d times, click to picture: median %.0f ms, least %.0f, most %.0f%n",
        TASKS, SLOWDOWN, millis.get(CLICKS / 2), millis.get(0), millis.get(CLICKS - 1));
    assertThat(page.getByTestId("column-doing").locator(".card")).hasCount(CLICKS);
    assertThat(millis).hasSize(CLICKS);
  }
}
