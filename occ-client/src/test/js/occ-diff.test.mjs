import assert from "node:assert/strict";
import { test } from "node:test";
import { commonRuns, difference, linesOf, wordsOf } from "../../main/web/occ-diff.js";
import { random } from "./lossy-server.mjs";

const marked = (pieces) => pieces.map(({ text, same }) => (same ? text : `[${text}]`)).join("");

test("difference_ofAWord_marksThatWordOnBothSides", () => {
  const [one, other] = difference("Write the short report", "Write the long report", "en");

  assert.equal(marked(one), "Write the [short] report");
  assert.equal(marked(other), "Write the [long] report");
});

test("difference_ofNeighbours_marksThemTogether", () => {
  assert.equal(marked(difference("las del balcón", "las de la cocina")[1]), "las [de la cocina]");
});

test("difference_ofEqualTexts_marksNothing", () => {
  assert.equal(marked(difference("a b", "a b")[0]), "a b");
  assert.deepEqual(difference("", ""), [[], []]);
});

test("difference_ofNothingAndText_marksAll", () => {
  assert.equal(marked(difference("", "Regar las plantas")[1]), "[Regar las plantas]");
});

test("difference_inJapanese_findsWordsWithoutSpaces", () => {
  assert.ok(wordsOf("明日水をやる", "ja").length > 1);
});

test("difference_ofStrangers_endsSoonAndKeepsTheTexts", () => {
  const text = (word) => Array.from({ length: 20_000 }, (_, at) => `${word}${at}`).join(" ");
  const began = performance.now();

  const [one, other] = difference(text("a"), text("b"));

  assert.ok(performance.now() - began < 5_000);
  assert.equal(one.map(({ text }) => text).join(""), text("a"));
  assert.equal(other.map(({ text }) => text).join(""), text("b"));
});

test("commonRuns_areCommon_inOrder_andAsLongAsTheLongestCommonSubsequence", () => {
  for (let seed = 1; seed <= 500; seed++) {
    const roll = random(seed);
    const list = () => Array.from({ length: Math.floor(roll() * 9) }, () => "abc"[Math.floor(roll() * 3)]);
    const [a, b] = [list(), list()];
    const runs = commonRuns(a, b);
    let [x, y, common] = [0, 0, 0];
    for (const run of runs) {
      assert.ok(run.a >= x && run.b >= y, `seed ${seed}`);
      assert.deepEqual(a.slice(run.a, run.a + run.length), b.slice(run.b, run.b + run.length));
      [x, y, common] = [run.a + run.length, run.b + run.length, common + run.length];
    }
    assert.equal(common, longest(a, b), `seed ${seed}: ${a} / ${b}`);
  }
});

/** The plain recursion, as an oracle. */
function longest(a, b) {
  if (a.length === 0 || b.length === 0) return 0;
  if (a[0] === b[0]) return 1 + longest(a.slice(1), b.slice(1));
  return Math.max(longest(a.slice(1), b), longest(a, b.slice(1)));
}

test("linesOf_keepsEveryCharacter", () => {
  for (const text of ["", "a", "a\n", "\n\na\n\nb", "a\r\nb"]) assert.equal(linesOf(text).join(""), text);
});
