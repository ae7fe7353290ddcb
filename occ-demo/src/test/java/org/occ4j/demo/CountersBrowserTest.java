/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.demo;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the library counts is seen as it happens. */
class CountersBrowserTest extends BoardInBrowser {

  /** Some point of the line is above the axis. */
  private static final String RISES =
      """
      (name) => {
        const points = document.querySelector(`[data-testid=plot-${name}]`).getAttribute("points") ?? "";
        const heights = points.split(" ").filter((point) => point).map((point) => Number(point.split(",")[1]));
        return Math.min(...heights) < Math.max(...heights);
      }
      """;

  @ParameterizedTest
  @CsvSource({"es-ES,LIGHT,Contadores,Conflictos", "en-US,DARK,Counters,Conflicts"})
  void mutations_areCountedAndPlotted_accessibly(
      String locale, ColorScheme scheme, String title, String conflicts) throws Exception {
    context.close();
    context =
        chromium
            .browser()
            .newContext(new Browser.NewContextOptions().setLocale(locale).setColorScheme(scheme));
    Page page = context.newPage();
    page.navigate(board.url() + "counters.html");
    assertThat(page.getByTestId("counter-applied")).hasText("0");

    String task = client.newTask("Water the plants");
    String version = client.task(task).path("version").asText();
    String body = "{\"title\":\"%s\",\"version\":\"%s\",\"clientMutationId\":\"%s\"}";
    String first = body.formatted("Water them today", version, UUID.randomUUID());
    client.put(task, first);
    client.put(task, first);
    client.put(task, body.formatted("Water them never", version, UUID.randomUUID()));

    assertThat(page.getByTestId("counter-applied")).hasText("2");
    assertThat(page.getByTestId("counter-replayed")).hasText("1");
    assertThat(page.getByTestId("counter-conflicted")).hasText("1");
    for (String line : List.of("applied", "replayed", "conflicted")) {
      page.waitForFunction(RISES, line);
    }
    assertThat(page.locator("h1")).hasText(title);
    assertThat(page.locator("figcaption")).containsText(conflicts);
    page.screenshot(Screens.of("counters-" + locale));
    page.evaluate(Axe.source());
    List<?> violations =
        (List<?>)
            page.evaluate(
                "async () => (await axe.run()).violations.map(v => v.id + ': ' + v.nodes.map(n => n.target + ' ' + n.failureSummary))");
    assertThat(violations).isEmpty();
  }
}
