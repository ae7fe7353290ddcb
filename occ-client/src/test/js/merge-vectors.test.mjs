// The cases that both languages share; MergeVectorsTest runs them against the Java merger.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { mergeOnto, sameValue } from "../../main/web/occ-merge.js";

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
