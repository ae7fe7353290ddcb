/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.demo;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** A card goes to another column by hand and by keyboard. */
class MoveBrowserTest extends BoardInBrowser {

  @Test
  void draggedToAnotherColumn_isSavedThere() throws Exception {
    String task = client.newTask("Water the plants");
    Page page = opened();
    Locator card = page.getByTestId("task-" + task);

    card.dragTo(page.getByTestId("column-done"));

    assertThat(page.getByTestId("column-done").getByTestId("task-" + task)).isVisible();
    assertThat(page.getByTestId("column-done")).not().hasClass(Pattern.compile("\\bover\\b"));
    awaitTask(task, "status", "done");
    assertThat(page.getByTestId("state-" + task)).hasText("Saved");
  }

  @Test
  void altAndArrow_moveTheCard_andTheFocusStaysWithIt() throws Exception {
    String task = client.newTask("Water the plants");
    Page page = opened();
    Locator edit = page.getByTestId("edit-" + task);
    edit.focus();

    page.keyboard().press("Alt+ArrowRight");
    assertThat(page.getByTestId("column-doing").getByTestId("task-" + task)).isVisible();
    assertThat(page.getByTestId("state-" + task)).hasText("Saved");
    assertThat(edit).isFocused();
    page.keyboard().press("Alt+ArrowLeft");

    assertThat(page.getByTestId("column-todo").getByTestId("task-" + task)).isVisible();
    awaitTask(task, "status", "todo");
  }

  /** A card on which somebody types stays where it is, as does one whose edit is not settled. */
  @Test
  void whileEditing_staysWhereItIs() throws Exception {
    String task = client.newTask("Water the plants");
    Page page = editing(task);
    page.getByTestId("field-title").press("Alt+ArrowRight");

    assertThat(page.getByTestId("task-" + task)).hasAttribute("draggable", "false");
    assertThat(page.getByTestId("column-todo").getByTestId("task-" + task)).isVisible();
    page.getByTestId("cancel").click();
    assertThat(page.getByTestId("task-" + task)).hasAttribute("draggable", "true");
  }
}
