/**
 * Which words of two texts differ. Pure functions.
 *
 * Words are those of the language, as `Intl.Segmenter` finds them (spaces and marks count too, so the
 * pieces put together are the text). The difference is a shortest one, found by Myers' greedy algorithm
 * ("An O(ND) Difference Algorithm", 1986). Texts that have next to nothing in common are not worth the
 * search: past a bound, what lies between their common beginning and end is different as a whole.
 *
 * @module occ-diff
 */

/** Steps of the search; its work grows with their square. */
const MOST_STEPS = 400;

/** @typedef {{text: string, same: boolean}} Piece */

/** A segmenter's every word holds a copy of the whole text, so it gets short ones; cut at a space where there is one. */
const CHUNK = /[^]{1,400}(?=\s|$)|[^]{1,400}/g;

/** @param {string} text @param {string} [language] @returns {string[]} */
export function wordsOf(text, language) {
  if (typeof Intl === "undefined" || !("Segmenter" in Intl)) return text.match(/[\p{L}\p{N}_]+|\s+|[^\p{L}\p{N}_\s]/gu) ?? [];
  const segmenter = new Intl.Segmenter(language, { granularity: "word" });
  return (text.match(CHUNK) ?? []).flatMap((chunk) => [...segmenter.segment(chunk)].map(({ segment }) => segment));
}

/** @param {string} text @returns {string[]} each with its line end */
export function linesOf(text) {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/**
 * The runs that two lists have in common, in order.
 * @param {readonly string[]} a @param {readonly string[]} b
 * @returns {Array<{a: number, b: number, length: number}>}
 */
export function commonRuns(a, b) {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const middle = shortest(a.slice(start, a.length - end), b.slice(start, b.length - end));
  const pairs = [
    ...Array.from({ length: start }, (_, at) => [at, at]),
    ...middle.map(([x, y]) => [x + start, y + start]),
    ...Array.from({ length: end }, (_, at) => [a.length - end + at, b.length - end + at]),
  ];
  /** @type {Array<{a: number, b: number, length: number}>} */
  const runs = [];
  for (const [x, y] of pairs) {
    const last = runs.at(-1);
    if (last && last.a + last.length === x && last.b + last.length === y) last.length++;
    else runs.push({ a: x, b: y, length: 1 });
  }
  return runs;
}

/** @param {readonly string[]} a @param {readonly string[]} b @returns {Array<[number, number]>} what is common, pair by pair */
function shortest(a, b) {
  const most = Math.min(a.length + b.length, MOST_STEPS);
  const zero = most + 1;
  /** How far each diagonal (x - y) has come. */
  const reach = new Int32Array(2 * most + 3);
  /** What `reach` was before each step, around the diagonals that the step looks at. @type {Int32Array[]} */
  const trace = [];
  for (let steps = 0; steps <= most; steps++) {
    trace.push(reach.slice(zero - steps - 1, zero + steps + 2));
    for (let diagonal = -steps; diagonal <= steps; diagonal += 2) {
      const at = zero + diagonal;
      let x = goesDown(reach, at, diagonal, steps) ? reach[at + 1] : reach[at - 1] + 1;
      while (x < a.length && x - diagonal < b.length && a[x] === b[x - diagonal]) x++;
      reach[at] = x;
      if (x >= a.length && x - diagonal >= b.length) return back(trace, a.length, b.length);
    }
  }
  return [];
}

/** Whether a diagonal is best reached by an insertion. @param {Int32Array} reach @param {number} at @param {number} diagonal @param {number} steps */
function goesDown(reach, at, diagonal, steps) {
  return diagonal === -steps || (diagonal !== steps && reach[at - 1] < reach[at + 1]);
}

/** Walks the way back from the end. @param {Int32Array[]} trace @param {number} x @param {number} y @returns {Array<[number, number]>} */
function back(trace, x, y) {
  /** @type {Array<[number, number]>} */
  const pairs = [];
  for (let steps = trace.length - 1; steps >= 0; steps--) {
    const at = x - y + steps + 1;
    const from = goesDown(trace[steps], at, x - y, steps) ? at + 1 : at - 1;
    const fromX = trace[steps][from];
    const fromY = fromX - (from - steps - 1);
    while (x > fromX && y > fromY) pairs.push([--x, --y]);
    if (steps > 0) [x, y] = [fromX, fromY];
  }
  return pairs.reverse();
}

/** A mere space between two words that differ belongs to them. @param {Piece[]} pieces @param {Piece} piece */
function joined(pieces, piece) {
  const [before, space] = pieces.slice(-2);
  if (!piece.same && space?.same && before && !before.same && /^\s+$/.test(space.text)) {
    return [...pieces.slice(0, -2), { text: before.text + space.text + piece.text, same: false }];
  }
  return [...pieces, piece];
}

/**
 * Both texts in pieces, those that they have in common and those that they have not.
 * @param {string} one @param {string} other @param {string} [language]
 * @returns {[Piece[], Piece[]]}
 */
export function difference(one, other, language) {
  const [a, b] = [wordsOf(one, language), wordsOf(other, language)];
  const runs = commonRuns(a, b);
  const side = (/** @type {string[]} */ words, /** @type {"a" | "b"} */ name) => {
    /** @type {Piece[]} */
    const pieces = [];
    let at = 0;
    for (const run of [...runs, { a: a.length, b: b.length, length: 0 }]) {
      if (run[name] > at) pieces.push({ text: words.slice(at, run[name]).join(""), same: false });
      at = run[name] + run.length;
      if (run.length > 0) pieces.push({ text: words.slice(run[name], at).join(""), same: true });
    }
    return pieces.reduce(joined, /** @type {Piece[]} */ ([]));
  };
  return [side(a, "a"), side(b, "b")];
}
