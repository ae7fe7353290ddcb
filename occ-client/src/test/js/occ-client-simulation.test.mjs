// Two people, one task, a network that loses requests and answers. Everybody adds words of their
// own to the same field; in the end each word must be there, and be there once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { EditState, OptimisticClient } from "../../main/web/occ-client.js";
import { task } from "./fixture.mjs";
import { LossyServer, random, turns } from "./lossy-server.mjs";

/** @returns {Promise<{words: string[], written: string[]}>} what was added, and what is there in the end */
async function simulate(seed, idempotent) {
  const roll = random(seed);
  const server = new LossyServer(roll, idempotent, task(1, { title: "" }));
  const edits = [];
  const words = [];
  const people = ["a", "b"].map((name) => new Person(name, server, roll));
  for (let round = 0; round < 12; round++) {
    for (const person of people) {
      if (roll() < 0.7) {
        const word = `${person.name}${round}`;
        words.push(word);
        edits.push(person.add(word));
      }
      if (roll() < 0.3) person.client.accept(server.current);
    }
    await turns(Math.floor(roll() * 8));
  }
  const settled = await Promise.all(edits.map(({ done }) => done));
  assert.ok(settled.every(({ state }) => state === EditState.CONFIRMED));
  return { words, written: server.current.title.split(" ").filter((word) => word !== "") };
}

class Person {
  #words = new Map();

  constructor(name, server, roll) {
    this.name = name;
    let ids = 0;
    this.client = new OptimisticClient({
      url: "/tasks",
      fetch: server.fetch,
      uuid: () => `${name}-${++ids}`,
      random: roll,
      retry: { attempts: Infinity },
      timeoutMillis: Infinity,
      setTimeout: (action, millis) => (millis === Infinity ? null : setImmediate(action)),
      clearTimeout: (handle) => clearImmediate(handle),
      onConflict: (edit) => void this.#resolve(edit),
    });
    this.client.accept(server.current);
  }

  add(word) {
    const { title } = this.client.view("1").value;
    const edit = this.client.update("1", { title: `${title} ${word}` });
    this.#words.set(edit, word);
    return edit;
  }

  /** Reads what the others wrote and adds the own word to it, as a person in front of the dialog would. */
  async #resolve(edit) {
    await turns(1);
    while (edit.state === EditState.CONFLICTED) {
      const seen = edit.conflict; // news may renew it
      await this.client.refreshAndApply(edit, { title: `${seen.current.title} ${this.#words.get(edit)}` }, seen);
    }
  }
}

test("simulation_lossyNetworkAndTwoWriters_everyWordIsThereOnce", async () => {
  for (let seed = 1; seed <= 60; seed++) {
    const { words, written } = await simulate(seed, true);
    assert.deepEqual(written.toSorted(), words.toSorted(), `seed ${seed}`);
  }
});

test("simulation_serverThatForgetsMutationIds_isCaught", async () => {
  let caught = 0;
  for (let seed = 1; seed <= 20; seed++) {
    const { words, written } = await simulate(seed, false);
    if (words.toSorted().join() !== written.toSorted().join()) caught++;
  }
  assert.ok(caught > 0, "the simulation would not notice a mutation that happens twice");
});
