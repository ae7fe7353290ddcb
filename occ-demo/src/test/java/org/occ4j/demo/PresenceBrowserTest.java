/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.demo;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import java.util.List;
import org.junit.jupiter.api.Test;

/** People see who else is editing a task, before they collide. */
class PresenceBrowserTest extends BoardInBrowser {

  private Page opened(BrowserContext where, String name) {
    Page page = where.newPage();
    page.navigate(board.url() + "?name=" + name);
    return page;
  }

  @Test
  void bertaEdits_anaSeesIt_inHerLanguage_andSeesHerLeave() throws Exception {
    String task = client.newTask("Regar las plantas");
    try (BrowserContext spanish = context("es-ES")) {
      Page ana = opened(spanish, "Ana");
      Page berta = opened(context, "Berta");
      assertThat(ana.getByTestId("task-" + task)).isVisible();

      edit(berta, task);
      assertThat(ana.getByTestId("others-" + task)).hasText("Berta está editando");
      assertAccessible(ana);
      edit(ana, task);
      assertThat(berta.getByTestId("others-" + task)).hasText("Ana is editing");
      assertThat(ana.getByTestId("others-" + task)).hasText("Berta está editando");

      berta.getByTestId("cancel").click();
      assertThat(ana.getByTestId("others-" + task)).isHidden();
    }
  }

  private static void assertAccessible(Page page) throws Exception {
    page.evaluate(Axe.source());
    List<?> violations =
        (List<?>)
            page.evaluate(
                "async () => (await axe.run()).violations.map(v => v.id + ': ' + v.nodes.map(n => n.target + ' ' + n.failureSummary))");
    assertThat(violations).isEmpty();
  }
}
