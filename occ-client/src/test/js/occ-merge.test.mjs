import assert from "node:assert/strict";
import { test } from "node:test";
import { compare, mergeOnto, sameValue } from "../../main/web/occ-merge.js";

const base = { a: 1, b: 1, c: 1, d: 1 };

test("compare_eachCombination_isNamed", () => {
  const changes = compare(base, { a: 2, b: 2, c: 2 }, { a: 1, b: 2, c: 3, d: 4 });
  assert.deepEqual(Object.fromEntries(changes.map(({ field, kind }) => [field, kind])), {
    a: "mine",
    b: "same",
    c: "both",
    d: "theirs",
  });
});

test("mergeOnto_anyInput_setsOnlyWhatIsStillToSet", () => {
  assert.deepEqual(mergeOnto(base, { a: 2, b: 2, c: 2 }, { a: 1, b: 2, c: 3, d: 4 }), {
    patch: { a: 2, c: 2 },
    overlaps: [{ field: "c", base: 1, theirs: 3, mine: 2, kind: "both" }],
  });
});

test("mergeOnto_valueThatIChangedBack_isNotMyChange", () => {
  assert.deepEqual(mergeOnto(base, { a: 1 }, { ...base, a: 5 }), { patch: {}, overlaps: [] });
});

test("compare_absentField_isNotANullOne", () => {
  const changes = compare({ a: 1 }, { a: null }, {});
  assert.deepEqual(changes, [{ field: "a", base: 1, theirs: undefined, mine: null, kind: "both" }]);
});

test("sameValue_nestedJson_comparesByValue", () => {
  assert.ok(sameValue({ a: [1, { b: null }] }, { a: [1, { b: null }] }));
  assert.ok(!sameValue({ a: [1] }, { a: { 0: 1 } }));
  assert.ok(!sameValue({ a: undefined }, { b: undefined }));
});

test("mergeOnto_randomStates_loseNeitherSideAndAgreeWithADirectReading", () => {
  // A small linear congruential generator, so that a failure can be repeated.
  let seed = 42;
  const roll = (sides) => (seed = (seed * 1103515245 + 12345) % 2 ** 31) % sides;
  for (let round = 0; round < 2000; round++) {
    const fields = ["a", "b", "c"];
    const state = () => Object.fromEntries(fields.map((field) => [field, roll(3)]));
    const [from, mine, theirs] = [state(), state(), state()];
    const { patch, overlaps } = mergeOnto(from, mine, theirs);
    for (const field of fields) {
      const result = { ...theirs, ...patch }[field];
      const clash = overlaps.some((change) => change.field === field);
      if (mine[field] === from[field]) assert.equal(result, theirs[field]);
      else assert.equal(result, mine[field]);
      assert.equal(
        clash,
        mine[field] !== from[field] && theirs[field] !== from[field] && mine[field] !== theirs[field],
      );
    }
  }
});

test("mergeOnto_randomValuesOfEveryKind_loseNoEditWithoutAnOverlap", () => {
  // Each value is made anew, so that only content can be equal.
  const makers = [
    () => null,
    () => "a\nb",
    () => 5,
    () => [1, 2],
    () => [2, 1],
    () => new Date(0),
    () => new Date(1),
    () => new Map([["a", new Date(0)]]),
    () => new Map([["a", new Date(1)]]),
    () => new Set([{ id: 1 }]),
    () => new Set([{ id: 2 }]),
    () => new Uint8Array([1]),
    () => new Uint8Array([2]),
    () => ({ a: { b: new Date(0) } }),
    () => ({ a: { b: new Date(1) } }),
  ];
  const indexes = [...makers.keys()];
  for (const base of indexes)
    for (const mine of indexes)
      for (const theirs of indexes) {
        const { patch, overlaps } = mergeOnto(
          { a: makers[base]() },
          { a: makers[mine]() },
          { a: makers[theirs]() },
        );
        const where = `${base} ${mine} ${theirs}`;
        const mineCounts = mine !== base && mine !== theirs;
        assert.deepEqual(patch, mineCounts ? { a: makers[mine]() } : {}, where);
        assert.equal(overlaps.length, mineCounts && theirs !== base ? 1 : 0, where);
      }
});
