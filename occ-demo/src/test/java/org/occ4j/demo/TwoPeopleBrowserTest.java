/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.demo;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.FrameLocator;
import com.microsoft.playwright.Page;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Both boards in one window, and what the network does to each. */
class TwoPeopleBrowserTest extends BoardInBrowser {

  private static void rename(FrameLocator board, String task, String title) {
    board.getByTestId("edit-" + task).click();
    board.getByTestId("field-title").fill(title);
    board.getByTestId("save").click();
  }

  private Page opened(String locale) {
    context.close();
    context = context(locale);
    Page page = context.newPage();
    page.setViewportSize(1400, 800);
    page.navigate(board.url() + "two-people.html");
    return page;
  }

  @Test
  void offlineMeanwhile_theOtherIsMetInTheDialog() throws Exception {
    String task = client.newTask("Regar las plantas");
    Page page = opened("es-ES");
    FrameLocator ana = page.frameLocator("[data-testid=board-Ana]");
    FrameLocator berta = page.frameLocator("[data-testid=board-Berta]");
    assertThat(ana.getByTestId("task-" + task)).isVisible();
    page.getByTestId("network-Ana").selectOption("offline");
    rename(ana, task, "Regar las plantas de la cocina");
    assertThat(ana.getByTestId("state-" + task)).hasText("Sin conexión, se reintentará");
    rename(berta, task, "Regar las plantas del balcón");
    awaitTask(task, "title", "Regar las plantas del balcón");

    page.getByTestId("network-Ana").selectOption("normal");

    assertThat(ana.getByTestId("conflict-dialog")).containsText("Berta guardó otra versión");
    page.screenshot(Screens.of("two-people"));
    ana.getByTestId("take-mine-title").click();
    ana.getByTestId("conflict-apply").click();
    awaitTask(task, "title", "Regar las plantas de la cocina");
    assertThat(berta.getByTestId("task-" + task)).containsText("Regar las plantas de la cocina");
  }

  @Test
  void answersLost_isSavedOnceAndSettledWhenTheyArrive_andThePageIsAccessible() throws Exception {
    String task = client.newTask("Water the plants");
    Page page = opened("en-US");
    FrameLocator berta = page.frameLocator("[data-testid=board-Berta]");
    assertThat(berta.getByTestId("task-" + task)).isVisible();
    page.getByTestId("network-Berta").selectOption("lost");
    rename(berta, task, "Water them once");
    awaitTask(task, "title", "Water them once");
    String version = client.task(task).path("version").asText();
    assertThat(berta.getByTestId("state-" + task)).hasText("Offline, will retry");

    page.getByTestId("network-Berta").selectOption("normal");

    assertThat(berta.getByTestId("state-" + task)).hasText("Saved");
    assertThat(client.task(task).path("version").asText()).isEqualTo(version);
    page.evaluate(Axe.source());
    List<?> violations =
        (List<?>)
            page.evaluate(
                "async () => (await axe.run({ iframes: false })).violations.map(v => v.id + ': ' + v.nodes.map(n => n.target + ' ' + n.failureSummary))");
    assertThat(violations).isEmpty();
  }
}
