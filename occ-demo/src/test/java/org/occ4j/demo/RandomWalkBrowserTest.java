/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Two people who edit the same tasks while requests and answers get lost and pages are loaded anew
 * at any moment. Every edit puts in one word that occurs nowhere else, and who has to decide keeps
 * the words of both sides; so in the end each word is there, once, and there is no other.
 *
 * <p>{@code -Docc.walk.seed=7 -Docc.walk.steps=1000} walks elsewhere, or farther; {@code
 * -Docc.walk.forgetful=true} takes the journal away, and has to fail.
 */
class RandomWalkBrowserTest extends BoardInBrowser {

  private static final int STEPS = Integer.getInteger("occ.walk.steps", 80);
  private static final long SEED = Long.getLong("occ.walk.seed", 1);

  /** How often a person looks whether there is something to decide. */
  private static final int A_LOOK_MILLIS = 300;

  private static final Pattern TASKS = Pattern.compile(".*/tasks(/.*)?$");

  /** In one turn of the page, so that nothing comes in between: as fast as nobody is. */
  private static final String EDIT =
      """
      ([task, field, word, place]) => {
        const find = (id) => document.querySelector(`[data-testid="${id}"]`);
        const edit = find(`edit-${task}`);
        if (!edit || edit.hidden || document.querySelector("[data-testid=save]")) return false;
        edit.click();
        const input = find(`field-${field}`);
        if (!input) return false;
        const words = input.value.split(" ").filter((each) => each);
        words.splice(Math.floor(place * (words.length + 1)), 0, word);
        input.value = words.join(" ");
        input.dispatchEvent(new Event("input", { bubbles: true }));
        find("save").click();
        return true;
      }
      """;

  private static final String DECIDE =
      """
      () => {
        const review = document.querySelector("[data-testid^=review-]");
        const root = document.querySelector("occ-conflict-dialog").shadowRoot;
        const find = (id) => root.querySelector(`[data-testid="${id}"]`);
        if (!root.querySelector("dialog").open) return review ? (review.click(), true) : false;
        for (const section of root.querySelectorAll("[data-kind=both]")) {
          const field = section.dataset.testid.replace("conflict-field-", "");
          const [theirs, mine] = [`theirs-${field}`, `yours-${field}`].map((id) => find(id).textContent.split(" "));
          const control = find(`mine-${field}`);
          control.value = [...theirs, ...mine.filter((word) => !theirs.includes(word))].filter((word) => word).join(" ");
          control.dispatchEvent(new Event("input", { bubbles: true }));
        }
        find("conflict-apply")?.click();
        return true;
      }
      """;

  private static final String UNSETTLED =
      """
      () => [...document.querySelectorAll(".card")].some(({ dataset }) => !["idle", "saved"].includes(dataset.state))
        || document.querySelector("occ-conflict-dialog").shadowRoot.querySelector("dialog").open
      """;

  /** Somebody at a browser of their own. */
  private final class Person implements AutoCloseable {
    private final Random random;
    private final BrowserContext browser = context("en-US");
    private final Page page;
    private boolean offline;
    private boolean faulty = true;

    Person(String name, long seed) {
      random = new Random(seed);
      browser.addInitScript("localStorage.setItem('occ4j.user', '" + name + "')");
      browser.route(TASKS, this::carry);
      if (Boolean.getBoolean("occ.walk.forgetful")) {
        browser.route("**/board.js", RandomWalkBrowserTest::withoutJournal);
      }
      page = browser.newPage();
      page.navigate(board.url());
    }

    private void carry(Route route) {
      int fate = faulty && route.request().method().equals("PUT") ? random.nextInt(10) : 9;
      if (offline || fate == 0) {
        route.abort();
      } else if (fate <= 2) {
        route.fetch(); // carried out, and never heard of
        route.abort();
      } else {
        route.resume();
      }
    }

    private boolean edits(String task, String field, String word) {
      Object[] argument = {task, field, word, random.nextDouble()};
      return (Boolean) page.evaluate(EDIT, argument);
    }

    private boolean decides() {
      return (Boolean) page.evaluate(DECIDE);
    }

    private boolean isSettled() {
      return !(Boolean) page.evaluate(UNSETTLED);
    }

    private String shown(String task) {
      return page.getByTestId("task-" + task).innerText();
    }

    private void calm() {
      offline = false;
      faulty = false;
      page.evaluate("() => window.dispatchEvent(new Event('online'))");
    }

    @Override
    public void close() {
      browser.close();
    }
  }

  private static void withoutJournal(Route route) {
    String page =
        route.fetch().text().replace("journal: new BrowserJournal", "unused: new BrowserJournal");
    route.fulfill(new Route.FulfillOptions().setContentType("text/javascript").setBody(page));
  }

  private final Map<String, List<String>> oracle = new HashMap<>();
  private final List<Person> people = new ArrayList<>();

  @AfterEach
  void leave() {
    people.forEach(Person::close);
  }

  @Test
  void editsCutsAndReloads_ofTwoPeople_loseNothingAndDoubleNothing() throws Exception {
    System.out.println("random walk: seed " + SEED + ", " + STEPS + " steps");
    Random random = new Random(SEED);
    List<String> tasks = List.of(client.newTask("First"), client.newTask("Second"));
    oracle.put(tasks.get(0) + "/title", new ArrayList<>(List.of("First")));
    oracle.put(tasks.get(1) + "/title", new ArrayList<>(List.of("Second")));
    people.add(new Person("Ana", SEED + 1));
    people.add(new Person("Berta", SEED + 2));
    for (Person each : people) {
      each.page.getByTestId("task-" + tasks.get(1)).waitFor();
    }

    for (int step = 0; step < STEPS; step++) {
      step(people.get(random.nextInt(2)), tasks.get(random.nextInt(2)), random, "w" + step);
    }

    people.forEach(Person::calm);
    awaitQuiet();
    for (String task : tasks) {
      for (String field : List.of("title", "description")) {
        assertThat(words(client.task(task).path(field).asText()))
            .as("%s of %s, seed %s", field, task, SEED)
            .containsExactlyInAnyOrderElementsOf(
                oracle.getOrDefault(task + "/" + field, List.of()));
      }
      for (Person each : people) {
        String stored = client.task(task).path("title").asText();
        each.page.waitForCondition(
            () -> each.shown(task).contains(stored),
            new Page.WaitForConditionOptions().setTimeout(90_000));
      }
    }
  }

  private void step(Person person, String task, Random random, String word) {
    int what = random.nextInt(10);
    String field = random.nextBoolean() ? "title" : "description";
    if (what < 6) {
      if (person.edits(task, field, word)) {
        oracle.computeIfAbsent(task + "/" + field, key -> new ArrayList<>()).add(word);
      }
    } else if (what == 6) {
      person.offline = !person.offline;
    } else if (what == 7) {
      person.page.reload();
    } else {
      person.decides();
      person.page.waitForTimeout(random.nextInt(200)); // routes are served while Playwright waits
    }
  }

  private void awaitQuiet() {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
    boolean busy = true;
    while (busy && System.nanoTime() < end) {
      busy = false;
      for (Person each : people) {
        busy |= each.decides() || !each.isSettled();
        each.page.waitForTimeout(A_LOOK_MILLIS);
      }
    }
    assertThat(busy).as("still undecided or unsent, seed %s", SEED).isFalse();
  }

  private static List<String> words(String text) {
    Stream<String> words = Arrays.stream(text.split(" ")).filter(word -> !word.isEmpty());
    return words.toList();
  }
}
