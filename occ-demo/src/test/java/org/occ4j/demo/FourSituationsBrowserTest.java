/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.demo;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The dialog has a title of its own for each way to lose, and buttons that say what they do. */
class FourSituationsBrowserTest extends BoardInBrowser {

  private Page page;
  private String task;

  /** A form that is open on a new task. */
  private void editing() throws Exception {
    task = client.newTask("Water the plants");
    edit(page, task);
  }

  private void berta(String field, String value) throws Exception {
    String body = "{\"%s\":\"%s\",\"version\":\"%s\",\"clientMutationId\":\"%s\"}";
    client.put(task, body.formatted(field, value, version(), UUID.randomUUID()), "X-User", "Berta");
  }

  private String version() throws Exception {
    return client.task(task).path("version").asText();
  }

  private void save(String field, String value) {
    page.getByTestId("field-" + field).fill(value);
    page.getByTestId("save").click();
  }

  /** Sees this title and these buttons, and closes the dialog by the last one. */
  private void assertAsks(String title, String... buttons) {
    Locator dialog = page.getByTestId("conflict-dialog");
    assertThat(dialog.locator("#conflict-title")).hasText(title);
    Locator shown = dialog.locator(".foot button:not([data-testid=conflict-copy])");
    assertThat(shown).hasText(buttons);
    assertThat(dialog.locator("button[aria-disabled]")).hasCount(0);
    shown.last().click();
    assertThat(dialog).isHidden();
  }

  private void bothChangedTheSame() throws Exception {
    editing();
    berta("title", "Water them in the kitchen");
    save("title", "Water them on the balcony");
  }

  private void differentFields() throws Exception {
    editing();
    berta("title", "Water them in the kitchen");
    save("description", "All of them");
  }

  private void theirsDeleted() throws Exception {
    editing();
    client.delete(
        task, "If-Match", "\"" + version() + "\"", "Idempotency-Key", UUID.randomUUID().toString());
    save("title", "Water them on the balcony");
  }

  private void mineDeletes() throws Exception {
    editing();
    berta("title", "Water them in the kitchen");
    page.getByTestId("delete").click();
    assertThat(page.locator("[data-testid=delete][aria-disabled]")).hasCount(0);
    page.getByTestId("delete").click();
  }

  @Test
  void inSpanish() throws Exception {
    context.close();
    context = context("es-ES");
    page = opened();

    bothChangedTheSame();
    assertAsks(
        "Esta tarea cambió mientras la editabas",
        "Refrescar y aplicar mis cambios",
        "Descartar mis cambios");
    differentFields();
    assertAsks(
        "Esta tarea cambió mientras la editabas: todo encaja",
        "Refrescar y aplicar mis cambios",
        "Descartar mis cambios");
    theirsDeleted();
    assertAsks(
        "Esta tarea se eliminó mientras la editabas",
        "Restaurarla con mis cambios",
        "Guardar como tarea nueva",
        "Renunciar a mis cambios");
    mineDeletes();
    assertAsks(
        "Esta tarea cambió antes de que la eliminaras", "Borrar de todos modos", "No borrar");
  }

  @Test
  void inEnglish() throws Exception {
    page = opened();

    bothChangedTheSame();
    assertAsks(
        "This task changed while you were editing it",
        "Refresh and apply my changes",
        "Discard my changes");
    differentFields();
    assertAsks(
        "This task changed while you were editing it: it all fits together",
        "Refresh and apply my changes",
        "Discard my changes");
    theirsDeleted();
    assertAsks(
        "This task was deleted while you were editing it",
        "Restore it with my changes",
        "Save as a new task",
        "Give up my changes");
    mineDeletes();
    assertAsks("This task changed before you deleted it", "Delete anyway", "Do not delete");
  }
}
