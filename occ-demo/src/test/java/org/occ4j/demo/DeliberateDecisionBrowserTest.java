/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.demo;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.BoundingBox;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nothing that was meant for the page reaches the dialog that opens over it. */
class DeliberateDecisionBrowserTest extends BoardInBrowser {

  private static final String THEIRS = "Write the short report";
  private static final String MINE = "Write the long report";

  private String task;

  /**
   * A tab whose dialog has just opened because the title, saved by Enter, was saved before. Its
   * clock stands still, so that however slow this machine is, it has only just opened.
   */
  private Page inConflict() throws Exception {
    task = client.newTask("Write the report");
    Page first = editing(task);
    Page second = withItsClockStopped(task);
    save(first, task, "title", THEIRS);
    second.getByTestId("field-title").fill(MINE);
    conflict(second, () -> second.getByTestId("field-title").press("Enter"));
    return second;
  }

  private Page withItsClockStopped(String id) {
    Page page = context.newPage();
    page.clock().install();
    page.navigate(board.url());
    edit(page, id);
    page.clock().pauseAt(System.currentTimeMillis() + 60_000);
    return page;
  }

  private void assertUndecided(Page page) throws Exception {
    assertThat(page.getByTestId("conflict-dialog")).isVisible();
    assertThat(page.getByTestId("state-" + task)).hasText("Needs your decision");
    assertThat(client.task(task).path("title").asText()).isEqualTo(THEIRS);
  }

  private void applyAndAwait(Page page) {
    page.clock().resume();
    page.getByTestId("take-mine-title").click();
    page.getByTestId("conflict-apply").click();
    assertThat(page.getByTestId("conflict-dialog")).isHidden();
    awaitTask(task, "title", MINE);
  }

  @Test
  void nervousKeys_rightAfterSaving_decideNothing() throws Exception {
    Page page = inConflict();
    assertThat(page.locator("#conflict-title")).isFocused();
    page.screenshot(Screens.of("dialog-same-field"));

    for (String key : new String[] {"Enter", "Enter", "Space", "Control+Enter", "x", "Enter"}) {
      page.keyboard().press(key);
    }

    assertUndecided(page);
    applyAndAwait(page);
  }

  @Test
  void heldEnter_acrossTheOpening_decidesNothing() throws Exception {
    task = client.newTask("Write the report");
    Page first = editing(task);
    Page page = editing(task);
    save(first, task, "title", THEIRS);
    page.getByTestId("field-title").fill(MINE);

    page.keyboard().down("Enter");
    for (int i = 0; i < 20; i++) {
      page.keyboard().down("Enter"); // repeated by the keyboard while the key is down
    }
    assertThat(page.getByTestId("conflict-dialog")).isVisible();
    page.getByTestId("take-mine-title").click();
    page.getByTestId("conflict-apply").focus();
    page.keyboard().down("Enter");
    page.keyboard().down("Enter");

    assertUndecided(page);
    page.keyboard().up("Enter");
    page.keyboard().press("Enter");
    awaitTask(task, "title", MINE);
  }

  @Test
  void enter_inAFieldThatNobodyTouched_decidesNothing() throws Exception {
    Page page = inConflict();
    page.getByTestId("mine-title").focus();

    page.keyboard().press("Enter");

    assertUndecided(page);
    page.keyboard().type("!");
    page.keyboard().press("Enter");
    awaitTask(task, "title", MINE + "!");
  }

  @Test
  void enter_onAButtonReachedByKeyboard_decides() throws Exception {
    Page page = inConflict();
    Locator mine = page.getByTestId("take-mine-title");
    tabTo(page, mine);
    page.keyboard().press("Enter");
    tabTo(page, page.getByTestId("conflict-apply"));

    page.keyboard().press("Enter");

    awaitTask(task, "title", MINE);
  }

  private static void tabTo(Page page, Locator button) {
    while (!(Boolean) button.evaluate("button => button === button.getRootNode().activeElement")) {
      page.keyboard().press("Tab");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"conflict-apply", "conflict-discard", "conflict-later"})
  void click_whereAButtonHasJustAppeared_decidesNothing(String button) throws Exception {
    Page page = inConflict();

    clickThrice(page, page.getByTestId(button).boundingBox());

    assertUndecided(page);
    applyAndAwait(page);
  }

  @Test
  void click_whereAFieldHasJustAppeared_doesNotTakeTheFocusThere() throws Exception {
    Page page = inConflict();

    clickThrice(page, page.getByTestId("mine-title").boundingBox());

    assertThat(page.locator("#conflict-title")).isFocused();
    assertUndecided(page);
  }

  private static void clickThrice(Page page, BoundingBox box) {
    for (int i = 0; i < 3; i++) {
      page.mouse().click(box.x + box.width / 2, box.y + box.height / 2);
    }
  }

  @Test
  void doubleTap_onAPhone_decidesNothing() throws Exception {
    context.close();
    context = phone();
    Page page = inConflict();
    BoundingBox box = page.getByTestId("conflict-apply").boundingBox();

    page.touchscreen().tap(box.x + box.width / 2, box.y + box.height / 2);

    assertUndecided(page);
    page.clock().resume();
    page.getByTestId("take-mine-title").tap();
    page.getByTestId("conflict-apply").tap();
    awaitTask(task, "title", MINE);
  }

  private static BrowserContext phone() {
    return chromium
        .browser()
        .newContext(
            new Browser.NewContextOptions()
                .setLocale("en-US")
                .setViewportSize(360, 740)
                .setHasTouch(true)
                .setIsMobile(true));
  }

  @Test
  void conflictOnAConflict_secondClickOfTheFirstDecision_decidesNothing() throws Exception {
    Page page = inConflict();
    String version = client.task(task).path("version").asText();
    client.put(
        task,
        "{\"title\":\"%s\",\"version\":\"%s\",\"clientMutationId\":\"%s\"}"
            .formatted("Moved again", version, java.util.UUID.randomUUID()));
    page.clock().runFor(5_000);
    page.getByTestId("take-mine-title").click();
    page.getByTestId("conflict-apply").click();
    assertThat(page.getByTestId("theirs-title")).hasText("Moved again");

    clickThrice(page, page.getByTestId("conflict-apply").boundingBox());
    page.keyboard().press("Enter");

    assertThat(page.locator("#conflict-title")).isFocused();
    assertThat(client.task(task).path("title").asText()).isEqualTo("Moved again");
    applyAndAwait(page);
  }

  @Test
  void secondClickOfADoubleClick_whereAnotherButtonAppears_isNotMeantForIt() throws Exception {
    task = client.newTask(THEIRS);
    Page page = editing(task);
    page.getByTestId("field-title").fill(MINE);
    BoundingBox save = page.getByTestId("save").boundingBox();
    // When the form is closed, this one lies where its button was, outside of its card.
    String lyingThere =
        ".moves:not([hidden]) .move {position: fixed; width: %spx; height: %spx; left: %spx; top: %spx}"
            .formatted(save.width, save.height, save.x, save.y);
    for (String rule : List.of(".card {content-visibility: visible !important}", lyingThere)) {
      page.evaluate("rule => document.styleSheets[0].insertRule(rule)", rule);
    }

    page.mouse().dblclick(save.x + save.width / 2, save.y + save.height / 2);

    assertThat(page.getByTestId("state-" + task)).hasText("Saved");
    assertThat(client.task(task).path("title").asText()).isEqualTo(MINE);
    assertThat(client.task(task).path("status").asText()).isEqualTo("todo");
    // Away from where the two clicks were: this one is meant.
    page.getByTestId("move-doing").click(new Locator.ClickOptions().setPosition(3, 3));
    awaitTask(task, "status", "doing");
  }

  @Test
  void deletion_doubleClick_asksOnly() throws Exception {
    task = client.newTask(THEIRS);
    Page page = withItsClockStopped(task);
    Locator delete = page.getByTestId("delete");

    delete.dblclick();
    assertThat(delete).hasText("Really delete?");
    delete.focus();
    page.keyboard().down("Enter");
    page.keyboard().down("Enter");
    page.keyboard().up("Enter");

    assertThat(client.task(task).path("title").asText()).isEqualTo(THEIRS);
    page.clock().resume();
    delete.click();
    assertThat(page.getByTestId("task-" + task)).isHidden();
  }

  @Test
  void deletionOfWhatBertaChanged_buttonSaysWhatItDoes() throws Exception {
    context.close();
    context = context("es-ES");
    task = client.newTask("Escribir el informe");
    Page page = editing(task);
    Locator delete = page.getByTestId("delete");
    String version = client.task(task).path("version").asText();
    client.put(
        task,
        "{\"title\":\"%s\",\"version\":\"%s\",\"clientMutationId\":\"%s\"}"
            .formatted(THEIRS, version, java.util.UUID.randomUUID()),
        "X-User",
        "Berta");
    delete.click();
    conflict(page, delete::click);

    Locator apply = page.getByTestId("conflict-apply");
    assertThat(apply).hasText("Borrar de todos modos");
    assertThat(apply).hasClass("danger");
    assertThat(page.getByTestId("conflict-discard")).hasText("No borrar");
    assertThat(page.getByTestId("conflict-dialog"))
        .containsText("Antes, mira lo que cambió Berta.");
    page.screenshot(Screens.of("dialog-deletion"));
    page.getByTestId("conflict-discard").click();
    assertThat(page.getByTestId("conflict-dialog")).isHidden();
    assertThat(client.task(task).path("title").asText()).isEqualTo(THEIRS);
  }
}
