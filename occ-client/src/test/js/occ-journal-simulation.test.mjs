// Two people with two tabs each, on a network that loses requests and answers; pages are reloaded and
// closed at any moment. Each adds words of their own to one text; in the end each is there, and once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Browser } from "./browser.mjs";
import { task } from "./fixture.mjs";
import { LossyServer, random, turns } from "./lossy-server.mjs";

/** One person: a browser whose tabs come and go. */
class Person {
  tabs = [];

  constructor(name, server, roll, Journal) {
    Object.assign(this, { name, server, roll });
    this.browser = new Browser();
    this.journaled = Journal;
  }

  async open() {
    const tab = await this.browser.tab(this.server, {
      random: this.roll,
      retry: { attempts: Infinity },
      timeoutMillis: Infinity,
      setTimeout: (action, millis) => (millis === Infinity ? null : setImmediate(action)),
      clearTimeout: (handle) => clearImmediate(handle),
      onConflict: (edit) => void this.#decide(tab, edit),
      ...(this.journaled ? {} : { journal: null }),
    });
    tab.client.accept(this.server.current);
    this.tabs.push(tab);
  }

  async reload() {
    const at = Math.floor(this.roll() * this.tabs.length);
    const [gone] = this.tabs.splice(at, 1);
    await gone.kill();
    await this.open();
  }

  /** The words of an edit are in what it adds, so that whoever takes it up can decide it. */
  add(word) {
    const tab = this.tabs[Math.floor(this.roll() * this.tabs.length)];
    const { title } = tab.client.view("1").value;
    tab.client.update("1", { title: `${title} ${word}` });
  }

  /** Adds to what the others wrote the words that are this edit's own. */
  async #decide(tab, edit) {
    await turns(1);
    while (tab?.alive && edit.conflict && edit.state === "CONFLICTED") {
      const before = new Set(words(edit.base.title));
      const mine = words(edit.patch.title).filter((word) => !before.has(word));
      const merged = [...new Set([...words(edit.conflict.current.title), ...mine])].join(" ");
      await tab.client.refreshAndApply(edit, { title: merged });
    }
  }

  /** Decides what an inherited conflict asks, wherever it is shown. */
  async tidy() {
    for (const tab of this.tabs) {
      for (const edit of tab.client.view("1").pending) {
        if (edit.state === "CONFLICTED") await this.#decide(tab, edit);
        if (edit.state === "UNKNOWN") tab.client.resend(edit);
      }
    }
  }

  get busy() {
    return this.tabs.some(({ client }) => client.view("1").pending.length > 0);
  }
}

const words = (text) => text.split(" ").filter((word) => word !== "");

async function simulate(seed, journaled) {
  const roll = random(seed);
  const server = new LossyServer(roll, true, task(1, { title: "" }));
  const people = ["a", "b"].map((name) => new Person(name, server, roll, journaled));
  for (const person of people) for (let i = 0; i < 2; i++) await person.open();
  const typed = [];
  for (let round = 0; round < 10; round++) {
    for (const person of people) {
      if (roll() < 0.6) {
        typed.push(`${person.name}${round}`);
        person.add(typed.at(-1));
      }
      if (roll() < 0.25) await person.reload();
      if (roll() < 0.3) person.tabs[0].client.accept(server.current);
      await person.tidy();
    }
    await turns(Math.floor(roll() * 8));
  }
  for (let i = 0; i < 2_000 && people.some(({ busy }) => busy); i++) {
    for (const person of people) await person.tidy();
    await turns(3);
  }
  assert.ok(!people.some(({ busy }) => busy), `seed ${seed} does not come to an end`);
  if (journaled) for (const { browser } of people) assert.equal(browser.disk.size, 0, `seed ${seed}`);
  return { typed: typed.toSorted(), written: words(server.current.title).toSorted() };
}

test("simulation_reloadsAndTabs_everyWordIsThereOnce", { timeout: 30_000 }, async () => {
  for (let seed = 1; seed <= 40; seed++) {
    const { typed, written } = await simulate(seed, true);
    assert.deepEqual(written, typed, `seed ${seed}`);
  }
});

test("simulation_withoutAJournal_isCaught", { timeout: 30_000 }, async () => {
  let caught = 0;
  for (let seed = 1; seed <= 10; seed++) {
    const { typed, written } = await simulate(seed, false);
    if (typed.join() !== written.join()) caught++;
  }
  assert.ok(caught > 0, "the simulation would not notice an edit that a reload loses");
});
