/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.demo;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.occ4j.testkit.Patience.await;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Response;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/** A board of its own for each test, and a browser in front of it. */
@Tag("browser")
abstract class BoardInBrowser {

  /**
   * Far longer than anything takes on a busy machine; Playwright's own assertions give up after 5
   * s.
   */
  private static final double PATIENCE_MILLIS = 90_000;

  static Chromium chromium;

  @TempDir Path data;
  BoardServer board;
  BoardClient client;
  BrowserContext context;

  @BeforeAll
  static void startBrowser() {
    chromium = Chromium.startOrSkip();
    PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE_MILLIS);
  }

  @AfterAll
  static void stopBrowser() {
    if (chromium != null) {
      chromium.close();
    }
  }

  @BeforeEach
  void startBoard() throws Exception {
    board = BoardServer.start(TaskBoardWireTest.options(data, 0));
    client = new BoardClient(board.url());
    context = context("en-US");
  }

  @AfterEach
  void stopBoard() {
    context.close();
    board.close();
  }

  BrowserContext context(String locale) {
    BrowserContext made =
        chromium.browser().newContext(new Browser.NewContextOptions().setLocale(locale));
    made.setDefaultTimeout(PATIENCE_MILLIS);
    return made;
  }

  /** A tab in which the task's form is open. */
  Page editing(String task) {
    Page page = opened();
    edit(page, task);
    return page;
  }

  Page opened() {
    Page page = context.newPage();
    page.navigate(board.url());
    return page;
  }

  static void edit(Page page, String task) {
    page.getByTestId("edit-" + task).click();
    assertThat(page.getByTestId("field-title")).isVisible();
  }

  void save(Page page, String task, String field, String text) {
    page.getByTestId("field-" + field).fill(text);
    page.getByTestId("save").click();
    awaitTask(task, field, text);
  }

  /** Saves in a tab whose task has changed: the answer is 409, and the dialog opens. */
  static void conflict(Page page, String field, String text) {
    page.getByTestId("field-" + field).fill(text);
    conflict(page, () -> page.getByTestId("save").click());
  }

  static void conflict(Page page, Runnable save) {
    Response answer =
        page.waitForResponse(
            response ->
                response.url().contains("/tasks/") && !response.request().method().equals("GET"),
            save);
    assertThat(answer.status()).isIn(409, 412);
    assertThat(page.getByTestId("conflict-dialog")).isVisible();
  }

  void awaitTask(String task, String field, String text) {
    await().until(() -> client.task(task).path(field).asText().equals(text));
  }
}
