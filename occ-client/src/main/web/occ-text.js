/**
 * The three-way merge of one text, by lines or by words. Pure functions.
 *
 * What one side alone changed is taken, what both changed alike is taken once, and what both changed
 * differently is a conflict. Changes that touch each other, with nothing unchanged between them, are one
 * conflict. How lines end makes no difference; the merged text ends its lines as theirs does. The same as
 * `org.occ4j.merge.TextMerge` in Java, step for step.
 *
 * @module occ-text
 */

import { commonRuns, linesOf } from "./occ-diff.js";

/** @typedef {"lines" | "words"} TextUnit short lines such as lists, or prose */

/**
 * Both are the merged text; they differ in the conflicts alone, which hold what that side wrote.
 * @typedef {{mine: string, theirs: string}} MergedText
 */

/** Forms write LF, some files and servers CRLF. @param {string} text */
export const withLineFeeds = (text) => (text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text);

/** Scripts without spaces go character by character; so does all that is neither word nor space. */
const ALONE = "[\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}]";
const WORD = new RegExp(`${ALONE}\\p{M}*|(?:(?!${ALONE})[\\p{L}\\p{N}_]\\p{M}*)+|[ \\t]+|[^ \\t]\\p{M}*`, "gu");

/** @param {string} text @param {TextUnit} unit @returns {string[]} */
const split = (text, unit) => (unit === "words" ? (text.match(WORD) ?? []) : linesOf(text));

/** @param {string} base @param {string} mine @param {string} theirs @param {TextUnit} unit @returns {MergedText} */
export function mergeText(base, mine, theirs, unit) {
  const [before, left, right] = [base, mine, theirs].map((text) => split(withLineFeeds(text), unit));
  const [inMine, inTheirs] = [matches(before, left), matches(before, right)];
  const merged = { mine: "", theirs: "" };
  let [b, m, t] = [0, 0, 0];
  for (let stable = 0; stable <= before.length; stable++) {
    const atEnd = stable === before.length;
    if (!atEnd && (inMine[stable] < 0 || inTheirs[stable] < 0)) continue;
    const [mineEnd, theirsEnd] = atEnd ? [left.length, right.length] : [inMine[stable], inTheirs[stable]];
    const kept = atEnd ? "" : before[stable];
    const changed = decide(text(before, b, stable), text(left, m, mineEnd), text(right, t, theirsEnd));
    merged.mine += changed.mine + kept;
    merged.theirs += changed.theirs + kept;
    [b, m, t] = [stable + 1, mineEnd + 1, theirsEnd + 1];
  }
  const lineEnd = (/[\r\n]/.test(theirs) ? theirs : mine).match(/\r\n?|\n/)?.[0] ?? "\n";
  const ended = (/** @type {string} */ whole) => whole.replaceAll("\n", lineEnd);
  return { mine: ended(merged.mine), theirs: ended(merged.theirs) };
}

/** @param {string[]} tokens @param {number} from @param {number} to */
const text = (tokens, from, to) => tokens.slice(from, to).join("");

/** @param {string} base @param {string} mine @param {string} theirs @returns {MergedText} */
function decide(base, mine, theirs) {
  if (mine === base || mine === theirs) return { mine: theirs, theirs };
  return theirs === base ? { mine, theirs: mine } : { mine, theirs };
}

/**
 * For each piece of `a` the place of the same one in `b`, or -1. A run of nothing but blanks counts for
 * nothing: it would tie together texts that share no word.
 * @param {string[]} a @param {string[]} b @returns {number[]}
 */
function matches(a, b) {
  const place = a.map(() => -1);
  for (const { a: from, b: other, length } of commonRuns(a, b)) {
    if (a.slice(from, from + length).every((token) => /^[ \t\n]*$/.test(token))) continue;
    for (let at = 0; at < length; at++) place[from + at] = other + at;
  }
  return place;
}
