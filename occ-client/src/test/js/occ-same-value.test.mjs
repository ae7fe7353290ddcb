import assert from "node:assert/strict";
import { test } from "node:test";
import { compare, mergeOnto, sameValue } from "../../main/web/occ-merge.js";

const at = (text) => new Date(text);

const same = {
  dates: () => at("2026-01-01"),
  datesThatAreNone: () => new Date(NaN),
  dateInside: () => ({ a: [{ due: at("2026-01-01") }] }),
  typedArrays: () => new Uint8Array([1, 2]),
  buffers: () => new Uint8Array([1, 2]).buffer,
  views: () => new DataView(new Uint8Array([1, 2]).buffer),
  floats: () => new Float64Array([1.5, NaN]),
  maps: () => new Map([["a", [1]], ["b", at("2026-01-01")]]),
  mapsWithObjectsForKeys: () => new Map([[{ id: 1 }, "a"], [{ id: 2 }, "b"]]),
  sets: () => new Set([1, "a", { id: 1 }, { id: 2 }]),
  withoutPrototype: () => Object.assign(Object.create(null), { a: 1 }),
  bigints: () => 12345678901234567890n,
};
for (const [name, make] of Object.entries(same)) {
  test(`sameValue_${name}_compareByContent`, () => assert.ok(sameValue(make(), make())));
}

const equal = {
  mapsInOtherOrder: [new Map([["a", 1], ["b", 2]]), new Map([["b", 2], ["a", 1]])],
  setsInOtherOrder: [new Set([{ id: 1 }, { id: 2 }]), new Set([{ id: 2 }, { id: 1 }])],
  lineEnds: ["a\r\nb\r", "a\nb\n"],
  lineEndsInside: [{ a: ["x\r\n"] }, { a: ["x\n"] }],
  undefinedElement: [[undefined], [null]],
  minusZero: [0, -0],
  dateAndItsText: [at("2026-01-01T00:00:00Z"), "2026-01-01T00:00:00Z"],
  dateAndItsTextWithOffset: [at("2026-01-01T00:00:00.120Z"), "2026-01-01T02:00:00.1200+02:00"],
  plainAndWithoutPrototype: [{ a: 1 }, Object.assign(Object.create(null), { a: 1 })],
};
for (const [name, [one, other]] of Object.entries(equal)) {
  test(`sameValue_${name}_isSame`, () => {
    assert.ok(sameValue(one, other));
    assert.ok(sameValue(other, one));
  });
}

class Money {
  #amount;
  constructor(amount) {
    this.#amount = amount;
  }
}
const different = {
  dates: [at("2026-01-01"), at("2026-01-02")],
  dateAndObject: [at("2026-01-01"), {}],
  dateAndNumber: [at("2026-01-01"), at("2026-01-01").getTime()],
  dateAndALaterText: [at("2026-01-01T00:00:00.000Z"), "2026-01-01T00:00:00.000001Z"],
  dateAndADay: [at("2026-01-01"), "2026-01-01"],
  typedArrays: [new Uint8Array([1]), new Uint8Array([2])],
  typedArraysOfOtherTypes: [new Uint8Array([1]), new Int8Array([1])],
  typedArrayAndArray: [new Uint8Array([1]), [1]],
  parts: [new Uint8Array([1, 2, 3]).subarray(0, 2), new Uint8Array([1, 2, 3]).subarray(1, 3)],
  buffers: [new Uint8Array([1]).buffer, new Uint8Array([2]).buffer],
  maps: [new Map([["a", 1]]), new Map([["a", 2]])],
  mapAndObject: [new Map(), {}],
  mapOfUndefined: [new Map([["a", undefined]]), new Map([["b", undefined]])],
  sets: [new Set([1]), new Set([2])],
  setsOfEqualSize: [new Set([{ id: 1 }, { id: 1 }]), new Set([{ id: 1 }, { id: 2 }])],
  setAndArray: [new Set([1]), [1]],
  unknownObjects: [new Money(1), new Money(2)],
  expressions: [/a/, /b/],
  addresses: [new URL("http://a"), new URL("http://b")],
  functions: [() => 1, () => 2],
  errors: [new Error("a"), new Error("b")],
  symbols: [Symbol("a"), Symbol("a")],
  boxes: [new Number(1), new Number(2)],
  symbolMembers: [{ [Symbol.for("x")]: 1 }, { [Symbol.for("x")]: 2 }],
  undefinedMembers: [{ a: undefined }, { b: undefined }],
  nullAndAbsent: [{ a: null }, {}],
  nullAndEmpty: [null, ""],
  numberAndText: [5, "5"],
  arrayAndObject: [[1], { 0: 1 }],
  holes: [[1, , 2], [1, 2]],
  emptyLines: ["a\n\nb", "a\r\nb"],
  composed: ["é", "e\u0301"],
};
for (const [name, [one, other]] of Object.entries(different)) {
  test(`sameValue_${name}_isDifferent`, () => {
    assert.ok(!sameValue(one, other));
    assert.ok(!sameValue(other, one));
  });
}

test("mergeOnto_myDate_isAnOverlapAndNotDropped", () => {
  const { patch, overlaps } = mergeOnto(
    { due: at("2026-01-01") },
    { due: at("2026-01-02") },
    { due: at("2026-01-03") },
  );
  assert.deepEqual(patch.due, at("2026-01-02"));
  assert.equal(overlaps.length, 1);
});

test("compare_lineEndsOfAnotherSystem_areNoChange", () => {
  assert.deepEqual(compare({ a: "x\ny" }, { a: "x\r\ny" }, { a: "x\ny" }), []);
});

test("compare_typeWithoutAbsentFields_takesNullForAbsent", () => {
  const rules = { absentIsNull: true };
  assert.deepEqual(compare({ a: null }, {}, {}, [], rules), []);
  assert.deepEqual(mergeOnto({ a: null }, { a: "x" }, {}, rules), { patch: { a: "x" }, overlaps: [] });
  assert.equal(compare({ a: { b: null } }, {}, { a: {} }, [], rules).length, 0);
  assert.equal(compare({ a: null }, {}, {}).length, 1);
});
