/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.demo;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.microsoft.playwright.Page;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Two people in one long text: only where they changed the same place is there anything to decide.
 */
class LongTextBrowserTest extends BoardInBrowser {

  private static final String TEXT =
      IntStream.range(0, 60)
          .mapToObj(i -> "Sentence " + i + " says that plant " + i + " needs water.")
          .collect(Collectors.joining("\n"));

  private String task;

  private static String changed(String text, int sentence, String what) {
    return text.replace("plant " + sentence + " needs water", what);
  }

  private void write(String description) throws Exception {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    body.put("description", description).put("clientMutationId", UUID.randomUUID().toString());
    body.put("version", client.task(task).path("version").asText());
    assertThat(client.put(task, body.toString(), "X-User", "Berta").status()).isEqualTo(200);
  }

  private Page inConflict(String mine, String theirs) throws Exception {
    task = client.newTask("Water the plants");
    write(TEXT);
    Page page = editing(task);
    write(theirs);
    conflict(page, "description", mine);
    return page;
  }

  @Test
  void differentSentences_areCombined() throws Exception {
    String mine = changed(TEXT, 7, "plant 7 is mine");
    Page page = inConflict(mine, changed(TEXT, 40, "plant 40 is theirs"));

    assertThat(page.getByTestId("conflict-field-description"))
        .containsText("Both changed it, in different places");
    assertThat(page.getByTestId("conflict-counter")).isHidden();
    page.getByTestId("conflict-apply").click();

    awaitTask(task, "description", changed(mine, 40, "plant 40 is theirs"));
  }

  @Test
  void sameSentence_onlyItIsMarked_andTheRestIsKeptWhicheverSideIsTaken() throws Exception {
    String both = changed(changed(TEXT, 7, "plant 7 is mine"), 40, "plant 40 is theirs");
    Page page =
        inConflict(
            changed(changed(TEXT, 7, "plant 7 is mine"), 20, "plant 20 needs light"),
            changed(changed(TEXT, 40, "plant 40 is theirs"), 20, "plant 20 needs shade"));

    assertThat(page.getByTestId("theirs-description").locator("mark"))
        .hasText(new String[] {"shade"});
    assertThat(page.getByTestId("yours-description").locator("mark"))
        .hasText(new String[] {"light"});
    assertThat(page.getByTestId("within-description")).isVisible();
    page.getByTestId("take-theirs-description").click();
    page.getByTestId("conflict-apply").click();

    awaitTask(task, "description", changed(both, 20, "plant 20 needs shade"));
  }
}
