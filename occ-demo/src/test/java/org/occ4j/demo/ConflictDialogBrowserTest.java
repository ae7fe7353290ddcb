/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.demo;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the dialog shows in each of its four situations, and what each of its buttons does. */
class ConflictDialogBrowserTest extends BoardInBrowser {

  private static final String THEIRS = "Water the plants on the balcony today";
  private static final String MINE = "Water the plants in the kitchen today";

  private String task;

  private void spanish() {
    context.close();
    context = context("es-ES");
  }

  /** A tab in whose form {@code field} holds {@code mine}, of a task that Berta has changed. */
  private Page inConflict(String field, String mine, String theirField, String theirs)
      throws Exception {
    return inConflict("", field, mine, theirField, theirs);
  }

  private Page inConflict(String query, String field, String mine, String theirField, String theirs)
      throws Exception {
    task = client.newTask("Water the plants");
    Page page = context.newPage();
    page.navigate(board.url() + query);
    edit(page, task);
    berta(theirField, theirs);
    page.getByTestId("field-" + field).fill(mine);
    page.waitForResponse(
        response -> response.request().method().equals("PUT"),
        () -> page.getByTestId("save").click());
    return page;
  }

  private void berta(String field, String value) throws Exception {
    String version = client.task(task).path("version").asText();
    String body = "{\"%s\":\"%s\",\"version\":\"%s\",\"clientMutationId\":\"%s\"}";
    client.put(task, body.formatted(field, value, version, UUID.randomUUID()), "X-User", "Berta");
  }

  private String stored(String field) throws Exception {
    return client.task(task).path(field).asText();
  }

  @Test
  void sameField_wordsThatDifferAreMarked_andNothingIsSavedUndecided() throws Exception {
    spanish();
    Page page = inConflict("title", MINE, "title", THEIRS);

    assertThat(page.getByTestId("theirs-title").locator("mark"))
        .hasText(new String[] {"on", "balcony"});
    assertThat(page.getByTestId("yours-title").locator("mark"))
        .hasText(new String[] {"in", "kitchen"});
    assertThat(page.getByTestId("conflict-counter")).hasText("1 por decidir");
    page.getByTestId("conflict-apply").click();
    assertThat(page.getByTestId("take-theirs-title")).isFocused();
    assertThat(stored("title")).isEqualTo(THEIRS);

    page.getByTestId("take-theirs-title").click();
    assertThat(page.getByTestId("conflict-counter")).hasText("Todo decidido");
    assertThat(page.getByTestId("mine-title")).hasValue(THEIRS);
    page.getByTestId("take-mine-title").click();
    assertThat(page.getByTestId("mine-title")).hasValue(MINE);
    page.getByTestId("conflict-apply").click();

    awaitTask(task, "title", MINE);
  }

  @Test
  void untouchedFields_areFolded() throws Exception {
    Page page = inConflict("title", MINE, "title", THEIRS);

    assertThat(page.getByText("Unchanged: Description, Status, Assignee")).isVisible();
    assertThat(page.getByTestId("conflict-field-status")).isHidden();
  }

  @Test
  void differentFields_thereIsNothingToDecide() throws Exception {
    spanish();
    Page page = inConflict("description", "All of them", "title", THEIRS);

    Locator dialog = page.getByTestId("conflict-dialog");
    assertThat(dialog).containsText("Esta tarea cambió mientras la editabas");
    assertThat(dialog).containsText("no hay nada que decidir");
    assertThat(page.getByTestId("conflict-counter")).isHidden();
    page.getByTestId("conflict-apply").click();
    awaitTask(task, "description", "All of them");
    assertThat(stored("title")).isEqualTo(THEIRS);
  }

  @Test
  void combineQuietly_asksNothingAndCanBeUndone() throws Exception {
    spanish();
    Page page = inConflict("?combine-quietly", "description", "All of them", "assignee", "Carla");

    Locator notice = page.getByTestId("conflict-notice");
    assertThat(notice).containsText("Combinado: tu descripción + el responsable de Berta");
    assertThat(page.getByTestId("conflict-dialog")).isHidden();
    awaitTask(task, "description", "All of them");
    assertThat(stored("assignee")).isEqualTo("Carla");
    page.getByTestId("conflict-undo").click();
    awaitTask(task, "description", "");
    assertThat(stored("assignee")).isEqualTo("Carla");
  }

  @Test
  void combineQuietly_sameField_asksAllTheSame() throws Exception {
    Page page = inConflict("?combine-quietly", "title", MINE, "title", THEIRS);

    assertThat(page.getByTestId("conflict-dialog")).isVisible();
  }

  private Page deletedByOthers() throws Exception {
    spanish();
    task = client.newTask("Water the plants");
    Page page = editing(task);
    client.delete(
        task,
        "If-Match",
        "\"" + client.task(task).path("version").asText() + "\"",
        "Idempotency-Key",
        UUID.randomUUID().toString());
    page.getByTestId("field-title").fill(MINE);
    page.getByTestId("save").click();
    assertThat(page.getByTestId("conflict-dialog"))
        .containsText("Esta tarea se eliminó mientras la editabas");
    return page;
  }

  @Test
  void deletedByOthers_restore_makesItAgainUnderItsId() throws Exception {
    Page page = deletedByOthers();
    assertThat(page.getByTestId("conflict-restore")).hasText("Restaurarla con mis cambios");
    page.getByTestId("conflict-restore").click();

    assertThat(page.getByTestId("state-" + task)).hasText("Guardado");
    assertThat(stored("title")).isEqualTo(MINE);
  }

  @Test
  void deletedByOthers_saveAsNew_makesAnother() throws Exception {
    Page page = deletedByOthers();
    page.getByTestId("conflict-new").click();

    Locator title = page.getByRole(AriaRole.HEADING, new Page.GetByRoleOptions().setName(MINE));
    assertThat(page.getByTestId("task-" + task)).isHidden();
    assertThat(page.getByTestId("status-line")).containsText("se guardó");
    page.reload();
    assertThat(title).isVisible();
  }

  @Test
  void deletedByOthers_giveUp_leavesNothing() throws Exception {
    Page page = deletedByOthers();
    page.getByTestId("conflict-discard").click();

    assertThat(page.getByTestId("conflict-dialog")).isHidden();
    assertThat(page.getByTestId("task-" + task)).isHidden();
  }

  @Test
  void newerStateWhileOpen_isOfferedAndNeverUnderTheCursor() throws Exception {
    Page page = inConflict("title", MINE, "title", THEIRS);
    Locator result = page.getByTestId("mine-title");
    result.fill("Water all the plants");
    berta("title", "Water nothing");

    assertThat(page.getByTestId("conflict-newer")).isVisible();
    assertThat(result).hasValue("Water all the plants");
    assertThat(page.getByTestId("theirs-title")).hasText(THEIRS);
    page.getByTestId("conflict-show-newer").click();
    assertThat(page.getByTestId("theirs-title")).hasText("Water nothing");
    assertThat(result).hasValue("Water all the plants");
    assertThat(page.getByTestId("conflict-counter")).hasText("1 to decide");
  }

  @Test
  void typedIntoTheDialog_isThereAfterClosingAndAfterAReload() throws Exception {
    Page page = inConflict("title", MINE, "title", THEIRS);
    page.getByTestId("mine-title").fill("Water all the plants");
    page.keyboard().press("Escape");
    page.getByTestId("review-" + task).click();
    assertThat(page.getByTestId("mine-title")).hasValue("Water all the plants");

    page.reload();

    assertThat(page.getByTestId("mine-title")).hasValue("Water all the plants");
    assertThat(page.getByTestId("conflict-counter")).hasText("All decided");
    page.getByTestId("conflict-apply").click();
    awaitTask(task, "title", "Water all the plants");
  }

  @ParameterizedTest
  @CsvSource({"es-ES,LIGHT,1000", "es-ES,DARK,1000", "en-US,LIGHT,1000", "en-US,DARK,360"})
  void look_hasNoAccessibilityViolations(String locale, ColorScheme scheme, int width)
      throws Exception {
    context.close();
    context =
        chromium
            .browser()
            .newContext(
                new Browser.NewContextOptions()
                    .setLocale(locale)
                    .setColorScheme(scheme)
                    .setViewportSize(width, 760));
    String mine = "Regar las plantas de la cocina hoy, y las del salón mañana";
    Page page =
        inConflict(
            "title", mine, "title", "Regar las plantas del balcón hoy, y las del salón nunca");
    assertThat(page.locator("button[aria-disabled]")).hasCount(0);
    page.screenshot(Screens.of("dialog-" + locale + "-" + scheme + "-" + width));

    page.evaluate(Axe.source());
    List<?> violations =
        (List<?>)
            page.evaluate(
                "async () => (await axe.run()).violations.map(v => v.id + ': ' + v.nodes.map(n => n.target + ' ' + n.failureSummary))");
    assertThat(violations).isEmpty();
    Map<?, ?> sizes =
        (Map<?, ?>)
            page.getByTestId("conflict-dialog")
                .evaluate("d => ({ scroll: d.scrollWidth, client: d.clientWidth })");
    assertThat(sizes.get("scroll")).isEqualTo(sizes.get("client"));
  }
}
