// The cases that both languages share; MergeVectorsTest runs them against the Java merger.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { collections } from "../../main/web/occ-collections.js";
import { mergeOnto, sameValue } from "../../main/web/occ-merge.js";
import { mergeText } from "../../main/web/occ-text.js";
import { seeded } from "./random.mjs";

const vectors = JSON.parse(readFileSync(new URL("./merge-vectors.json", import.meta.url), "utf8"));

for (const { name, one, other, same, absentIsNull } of vectors.values) {
  test(`value_${name}`, () => {
    assert.equal(sameValue(one, other, { absentIsNull }), same);
    assert.equal(sameValue(other, one, { absentIsNull }), same);
  });
}

for (const { name, base, mine, theirs, merged, overlaps, absentIsNull } of vectors.merges) {
  test(`merge_${name}`, () => {
    const result = mergeOnto(base, mine, theirs, { absentIsNull });
    assert.deepEqual({ ...theirs, ...result.patch }, merged);
    assert.deepEqual(
      result.overlaps.map(({ field }) => field),
      overlaps,
    );
  });
}

for (const { name, unit, base, mine, theirs, merged, theirsMerged } of vectors.texts) {
  test(`text_${name}`, () => {
    assert.deepEqual(mergeText(base, mine, theirs, unit), { mine: merged, theirs: theirsMerged ?? merged });
    const { patch, overlaps } = mergeOnto({ it: base }, { it: mine }, { it: theirs }, { text: { it: unit } });
    assert.deepEqual({ it: theirs, ...patch }, { it: merged });
    assert.deepEqual(overlaps.map(({ field }) => field), theirsMerged === undefined ? [] : ["it"]);
  });
}

for (const { name, rules, text, base, mine, theirs, merged, overlaps, absentIsNull } of vectors.collections) {
  test(`collection_${name}`, () => {
    const result = mergeOnto(base, patchOf(base, mine), theirs, { absentIsNull, text, merge: collections(rules) });
    assert.deepEqual(present({ ...theirs, ...result.patch }), merged);
    assert.deepEqual(
      result.overlaps.flatMap(({ field, merged: within }) => within?.overlaps ?? [field]),
      overlaps,
    );
  });
}

/** What is left out is set to undefined. */
const patchOf = (base, mine) => ({ ...Object.fromEntries(Object.keys(base).map((name) => [name, undefined])), ...mine });

const present = (fields) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

/** What became of words that occur once is plain: all is there that both kept, or that either added. */
test("text_randomEdits_loseNothingWithoutAConflict", () => {
  let mergedOnes = 0;
  for (let seed = 0; seed < 2000; seed++) {
    const random = seeded(seed);
    const base = Array.from({ length: 2 + random(12) }, (_, at) => `b${at}`);
    const edited = (prefix) => {
      const lines = [...base];
      for (let at = 0; at <= random(3); at++) {
        const place = random(lines.length + 1);
        if (place < lines.length && random(2) === 0) lines.splice(place, 1);
        else lines.splice(place, 0, `${prefix}${at}`);
      }
      return lines;
    };
    const [mine, theirs] = [edited("m"), edited("t")];
    const text = (lines) => lines.map((line) => `${line}\n`).join("");
    const result = mergeText(text(base), text(mine), text(theirs), "lines");
    const added = (side) => side.filter((line) => !base.includes(line));
    const kept = base.filter((line) => mine.includes(line) && theirs.includes(line));
    const [gotMine, gotTheirs] = [result.mine, result.theirs].map((got) => got.split("\n").filter((line) => line));
    if (result.mine === result.theirs) {
      mergedOnes++;
      assert.deepEqual(gotMine.sort(), [...kept, ...added(mine), ...added(theirs)].sort(), `seed ${seed}`);
    } else {
      assert.ok(added(mine).every((line) => gotMine.includes(line)), `seed ${seed}`);
      assert.ok(added(theirs).every((line) => gotTheirs.includes(line)), `seed ${seed}`);
    }
    const swapped = mergeText(text(base), text(theirs), text(mine), "lines");
    assert.deepEqual(swapped, { mine: result.theirs, theirs: result.mine }, `seed ${seed}`);
  }
  assert.ok(mergedOnes > 200 && mergedOnes < 1800, `${mergedOnes} of 2000 were merged`);
});
