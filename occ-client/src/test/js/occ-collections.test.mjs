// Sets, counters and keyed lists of the client; merge-vectors.test.mjs has the cases that Java shares.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { collections } from "../../main/web/occ-collections.js";
import { compare, mergeOnto } from "../../main/web/occ-merge.js";
import { start, task } from "./fixture.mjs";
import { seeded } from "./random.mjs";

const RULES = { tags: "set", votes: "counter", items: { keyed: "id" } };
const merge = collections(RULES);

test("collections_randomEdits_loseNothingWithoutAConflict_andGiveWhatJavaGives", () => {
  const lines = [];
  let mergedOnes = 0;
  for (let seed = 0; seed < 2000; seed++) {
    const random = seeded(seed);
    const base = document(random);
    const [mine, theirs] = [edited(base, "m", random), edited(base, "t", random)];
    const [result, mirrored] = [merged(base, mine, theirs), merged(base, theirs, mine)];
    mergedOnes += result.overlaps.length === 0 ? 1 : 0;
    try {
      checkMembers(base, mine, theirs, result);
      checkItems(base, mine, theirs, result);
      assert.deepEqual([...mirrored.overlaps].sort(), [...result.overlaps].sort());
      assert.deepEqual(sorted(mirrored.theirs), sorted(result.mine));
      assert.deepEqual(sorted(mirrored.mine), sorted(result.theirs));
    } catch (error) {
      throw new Error(`seed ${seed}: ${JSON.stringify({ base, mine, theirs, result })}`, { cause: error });
    }
    lines.push(line(result));
  }
  assert.ok(mergedOnes > 200 && mergedOnes < 1800, `${mergedOnes} of 2000 were merged`);
  const { randomDigest } = JSON.parse(readFileSync(new URL("./merge-vectors.json", import.meta.url), "utf8"));
  assert.equal(createHash("sha256").update(lines.join("\n")).digest("hex"), randomDigest);
});

/** The whole document as each side would have it, and where they collide. */
function merged(base, mine, theirs) {
  const changes = compare(base, mine, theirs, [], { merge });
  const result = { mine: { ...theirs }, theirs: { ...theirs }, overlaps: [] };
  for (const { field, kind, merged: within, mine: own } of changes) {
    if (kind === "theirs" || kind === "same") continue;
    result.mine[field] = within ? within.mine : own;
    result.theirs[field] = within ? within.theirs : own;
    result.overlaps.push(...(within?.overlaps ?? []));
  }
  return result;
}

function document(random) {
  const first = (letters) => [...letters].slice(0, random(letters.length + 1));
  const tags = first("abcd");
  const votes = random(10);
  return { tags, votes, items: first("abcde").map((id) => ({ id, p: 0, q: 0 })) };
}

/** The calls of random are those of RandomMergesTest, one for one. */
function edited(base, who, random) {
  const tags = base.tags.filter(() => random(4) > 0);
  for (let at = random(3); at > 0; at--) tags.push(`${who}${at}`);
  if (random(4) === 0) tags.push("both");
  const votes = base.votes + random(5) - 2;
  let items = [...base.items];
  if (random(3) === 0) {
    for (let at = items.length - 1; at > 0; at--) {
      const other = random(at + 1);
      [items[at], items[other]] = [items[other], items[at]];
    }
  }
  items = items.filter(() => random(6) > 0).map((item) => changed(item, random));
  for (let at = random(3); at > 0; at--) items.splice(random(items.length + 1), 0, { id: `${who}${at}`, p: 0, q: 0 });
  return { tags, votes, items };
}

function changed(item, random) {
  const copy = { ...item };
  if (random(4) === 0) copy.p = 1 + random(2);
  if (random(4) === 0) {
    copy.q = 1 + random(2);
    if (copy.q === 2) delete copy.q;
  }
  return copy;
}

const line = ({ mine, overlaps }) =>
  [mine.tags, mine.votes, mine.items.map(({ id, p, q }) => `${id}:${p}:${q ?? "-"}`), overlaps].join("|");

const idsOf = ({ items }) => items.map(({ id }) => id);
const common = (ids, others) => ids.filter((id) => others.includes(id));
const sorted = ({ tags, votes, items }) => ({
  tags: [...tags].sort(),
  votes,
  items: [...items].sort((a, b) => (a.id < b.id ? -1 : 1)),
});

function checkMembers(base, mine, theirs, { mine: got, theirs: offered }) {
  const added = (side) => side.tags.filter((tag) => !base.tags.includes(tag));
  const kept = common(common(base.tags, mine.tags), theirs.tags);
  const expected = [...new Set([...kept, ...added(mine), ...added(theirs)])].sort();
  assert.deepEqual([...got.tags].sort(), expected);
  assert.equal(got.votes, mine.votes + theirs.votes - base.votes);
  assert.deepEqual([offered.tags, offered.votes], [got.tags, got.votes]);
}

function checkItems(base, mine, theirs, { mine: got, overlaps }) {
  const of = (side, id) => side.items.find((item) => item.id === id);
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
  for (const id of new Set([base, mine, theirs].flatMap(idsOf))) {
    const [b, m, t, result] = [base, mine, theirs, got].map((side) => of(side, id));
    if (b && m && t) {
      for (const name of ["p", "q"]) {
        const clash = m[name] !== b[name] && t[name] !== b[name] && m[name] !== t[name];
        assert.equal(overlaps.includes(`items[${id}].${name}`), clash);
        assert.equal(result[name], m[name] === b[name] ? t[name] : m[name]);
      }
    } else {
      const clash = !same(m, b) && !same(t, b) && !same(m, t);
      assert.equal(overlaps.includes(`items[${id}]`), clash);
      assert.deepEqual(result, same(m, b) ? t : m);
    }
  }
  checkOrder(...[base, mine, theirs, got].map(idsOf), overlaps);
}

function checkOrder(base, mine, theirs, got, overlaps) {
  const [left, right] = [common(common(mine, theirs), base), common(common(theirs, mine), base)];
  const before = common(common(base, mine), theirs);
  const [iMoved, theyMoved] = [`${left}` !== `${before}`, `${right}` !== `${before}`];
  assert.equal(overlaps.includes("items"), iMoved && theyMoved && `${left}` !== `${right}`);
  if (iMoved || !theyMoved) assert.deepEqual(common(got, mine), common(mine, got));
  if (!iMoved) assert.deepEqual(common(got, theirs), common(theirs, got));
}

test("collections_ofSomethingElse_areRefusedAtOnce", () => {
  assert.throws(() => collections({ tags: "sets" }), /tags/);
  assert.throws(() => collections({ tags: null }), /tags/);
  assert.throws(() => collections({ items: { key: "id" } }), /items/);
  assert.throws(() => collections({ "items.votes": "counter" }), /items\.votes/);
});

test("keyed_byAFunction_mergesTextsAsTheirOwnIds", () => {
  const rules = { merge: collections({ list: { keyed: (each) => each } }) };
  const { patch } = mergeOnto({ list: ["a", "b"] }, { list: ["b", "a"] }, { list: ["a", "b", "c"] }, rules);
  assert.deepEqual(patch, { list: ["b", "a", "c"] });
});

test("collided_offersBothSidesWithAllThatDoesNotCollide", () => {
  const item = (id, fields) => ({ id, ...fields });
  const [base, mine, theirs] = [[1, 1], [2, 1], [3, 4]].map(([p, q]) => ({ items: [item(1, { p, q })] }));
  const [change] = compare(base, mine, theirs, [], { merge });
  assert.equal(change.kind, "both");
  assert.deepEqual(change.merged, {
    mine: [item(1, { p: 2, q: 4 })],
    theirs: [item(1, { p: 3, q: 4 })],
    overlaps: ["items[1].p"],
  });
});

test("set_whoseRemovalTheyMadeToo_leavesNothingToSet", () => {
  const { patch, overlaps } = mergeOnto({ tags: ["a", "b"] }, { tags: ["b"] }, { tags: [] }, { merge });
  assert.deepEqual([patch, overlaps], [{}, []]);
});

test("set_ofDatesAndTheirTexts_comparesByTheInstant", () => {
  const [day, text] = [new Date(0), "1970-01-01T00:00:00Z"];
  const { patch } = mergeOnto({ tags: [day] }, { tags: [] }, { tags: [text, "t"] }, { merge });
  assert.deepEqual(patch, { tags: ["t"] });
});

test("counter_beyondWhatANumberHoldsExactly_overlaps", () => {
  const most = Number.MAX_SAFE_INTEGER;
  const { overlaps } = mergeOnto({ votes: most - 1 }, { votes: most }, { votes: most }, { merge });
  assert.deepEqual(overlaps.map(({ field }) => field), []); // both wrote the same
  const other = mergeOnto({ votes: most - 2 }, { votes: most }, { votes: most - 1 }, { merge });
  assert.deepEqual(other.overlaps.map(({ field }) => field), ["votes"]);
});

test("conflict_inCountersAndSets_isCombinedAndSentOnTop", async () => {
  const { client, server } = start({ merge });
  client.accept(task(11, { votes: 1, tags: ["a"] }));
  const edit = client.update("1", { votes: 2, tags: ["a", "m"] });
  const theirs = task(12, { votes: 2, tags: ["t", "a"] });
  await server.conflict(theirs);
  assert.deepEqual(edit.conflict.changes.map(({ kind }) => kind), ["combined", "combined"]);
  client.refreshAndApply(edit);
  await server.reply(200, theirs);
  const { body } = await server.reply(200, task(13, { votes: 3, tags: ["t", "a", "m"] }));
  assert.deepEqual(body, { clientMutationId: "id-2", version: 12, votes: 3, tags: ["t", "a", "m"] });
});

/** The first is combined with theirs; the second, made over the first, counts one more. */
test("waitingEdit_ofACounter_isNotTakenForSavedWhereTheNumberIsTheSame", async () => {
  const { client, server } = start({ merge });
  client.accept(task(11, { votes: 1 }));
  const first = client.update("1", { votes: 2 });
  const second = client.update("1", { votes: 3 });
  const theirs = task(12, { votes: 2 });
  await server.conflict(theirs);
  client.refreshAndApply(first);
  await server.reply(200, theirs);
  const combined = task(13, { votes: 3 });
  await server.reply(200, combined);
  assert.equal(first.state, "CONFIRMED");
  await server.conflict(combined);
  assert.deepEqual(second.conflict.changes.map(({ kind }) => kind), ["combined"]);
  client.refreshAndApply(second);
  await server.reply(200, combined);
  const { body } = await server.reply(200, task(14, { votes: 4 }));
  assert.deepEqual(body, { clientMutationId: "id-4", version: 13, votes: 4 });
});

test("waitingEdit_ofAnotherField_followsACombinedOne", async () => {
  const { client, server } = start({ merge });
  client.accept(task(11, { votes: 1 }));
  const first = client.update("1", { votes: 2 });
  client.update("1", { tags: ["m"] });
  await server.conflict(task(12, { votes: 5 }));
  client.refreshAndApply(first);
  await server.reply(200, task(12, { votes: 5 }));
  await server.reply(200, task(13, { votes: 6 }));
  const { body } = await server.reply(200, task(14, { votes: 6, tags: ["m"] }));
  assert.deepEqual([body.version, body.tags, body.votes], [13, ["m"], undefined]);
});
