/**
 * The three-way merge of one entity, field by field: what both sides started from, what the person
 * set, what the server holds now. Pure functions over plain JSON values; no I/O, no clock, no DOM.
 *
 * Rules, per field of the patch: the server did not move it, so mine stands; both say the same, so
 * there is nothing to do; else it is an overlap, which a person decides. A field that is not in the
 * patch is never touched, so a change of theirs to it survives by itself. An absent field is not
 * the same as a null one, unless a rule says so. Lists and objects are compared and moved as wholes,
 * so the order of a list is never merged: where both sides changed a list, it overlaps. So is a text. A rule
 * can say that a text is merged by lines or words; `occ-collections.js` has rules for lists, counters and objects.
 *
 * @module occ-merge
 */

import { mergeText, withLineFeeds } from "./occ-text.js";

/**
 * Some fields of an entity and the values to set; fields that are not named keep theirs.
 * @typedef {Record<string, any>} Patch
 */

/**
 * One field that differs between the three states.
 * - `mine`: only the person changed it
 * - `theirs`: only the server's state moved
 * - `same`: both changed it, to the same value, or theirs has in it what mine changed
 * - `combined`: both changed it, at different places of a text or a collection; `text` or `merged` is the result
 * - `both`: both changed it, to different values
 * @typedef {Object} Change
 * @property {string} field
 * @property {any} base what both started from
 * @property {any} theirs what the server holds now
 * @property {any} mine what the person wants
 * @property {"mine" | "theirs" | "same" | "combined" | "both"} kind
 * @property {import("./occ-text.js").MergedText} [text] of a text that is merged: the whole of it as each side would
 *     have it. The two differ only where the sides collide
 * @property {Merged} [merged] the same of what `Rules.merge` merges
 */

/**
 * A value that is merged within: the whole of it, with mine or with theirs where the two collide.
 * @typedef {Object} Merged
 * @property {any} mine
 * @property {any} theirs
 * @property {readonly string[]} overlaps where that is: the field itself, or places in it such as `items[7].price`
 */

/**
 * Merges a field that both sides changed; null where it has no rule for it, or none that fits the values.
 * @typedef {(sides: Pick<Change, "field" | "base" | "theirs" | "mine">, rules: Rules) => Merged | null} MergeWithin
 */

/**
 * How values are compared.
 * @typedef {Object} Rules
 * @property {boolean} [absentIsNull] whether a field that is left out is the same as one that is null: where the
 *     server's type has no absent fields, and one answer leaves nulls out and another does not
 * @property {Readonly<Record<string, import("./occ-text.js").TextUnit>>} [text] fields that are merged within, by lines
 *     or by words
 * @property {MergeWithin | null} [merge] merges other fields within, such as `collections` of `occ-collections.js`
 */

/**
 * Whether two values are the same, as they would be written: numbers, texts (however their lines
 * end), dates by the instant, also beside their text, binary data, Map and Set by content, arrays
 * and plain objects member by member. Anything else is the same only as itself: where in doubt,
 * values differ, because a needless question costs less than an edit that is taken for none.
 * @param {any} a
 * @param {any} b
 * @param {Rules} [rules]
 * @returns {boolean}
 */
export function sameValue(a, b, rules = {}) {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
  if (typeof a === "string" && typeof b === "string") return withLineFeeds(a) === withLineFeeds(b);
  if (a instanceof Date || b instanceof Date) return Object.is(instant(a), instant(b));
  if (!isObject(a) || !isObject(b)) return false;
  if (Array.isArray(a) && Array.isArray(b)) return sameArray(a, b, rules);
  if (a instanceof Map && b instanceof Map) return sameEntries([...a], [...b], rules);
  if (a instanceof Set && b instanceof Set) return sameEntries([...a], [...b], rules);
  if (isBinary(a) && isBinary(b)) return a.constructor === b.constructor && sameBytes(bytes(a), bytes(b));
  return isPlain(a) && isPlain(b) && sameMembers(a, b, rules);
}

/** @param {any} value */
const isObject = (value) => value !== null && typeof value === "object";

/** A full date, to the millisecond that a Date can hold. */
const DATE_TEXT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3}0*)?)?(Z|[+-]\d\d:\d\d)$/;

/** @param {any} value @returns {number | undefined | object} what is the same for one instant, and for nothing else */
function instant(value) {
  if (value instanceof Date) return value.getTime();
  return typeof value === "string" && DATE_TEXT.test(value) ? Date.parse(value) : undefined;
}

/** @param {any[]} a @param {any[]} b @param {Rules} rules */
function sameArray(a, b, rules) {
  // JSON has no undefined; in an array it is written as null.
  return a.length === b.length && a.every((_, at) => sameValue(a[at] ?? null, b[at] ?? null, rules));
}

/** Membership counts, not the order. @param {any[]} a @param {any[]} b @param {Rules} rules */
function sameEntries(a, b, rules) {
  if (a.length !== b.length) return false;
  const rest = [...b];
  return a.every((entry) => {
    const at = rest.findIndex((other) => sameValue(entry, other, rules));
    if (at >= 0) rest.splice(at, 1);
    return at >= 0;
  });
}

/** @param {any} value */
const isBinary = (value) => ArrayBuffer.isView(value) || value instanceof ArrayBuffer;

/** @param {any} value @returns {Uint8Array} */
function bytes(value) {
  return ArrayBuffer.isView(value)
    ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    : new Uint8Array(value);
}

/** @param {Uint8Array} a @param {Uint8Array} b */
const sameBytes = (a, b) => a.length === b.length && a.every((byte, at) => byte === b[at]);

/** Whether it is an object all of which are its members: it comes from JSON or from a literal. @param {any} value @returns {boolean} */
export function isPlain(value) {
  if (!isObject(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  const literal = prototype === null || Object.hasOwn(prototype, "isPrototypeOf");
  return literal && Object.getOwnPropertySymbols(value).length === 0;
}

/** @param {any} a @param {any} b @param {Rules} rules */
function sameMembers(a, b, rules) {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return names.every(
    (name) =>
      (rules.absentIsNull || (Object.hasOwn(a, name) && Object.hasOwn(b, name))) &&
      sameValue(member(a, name, rules), member(b, name, rules), rules),
  );
}

/** What a plain object holds under this name; undefined for nothing. @param {any} object @param {string} name @param {Rules} rules @returns {any} */
export function member(object, name, { absentIsNull }) {
  const value = Object.hasOwn(object, name) ? object[name] : undefined;
  return absentIsNull ? (value ?? null) : value;
}

/**
 * Every field in which the three states are not all alike, the patch's own fields first.
 * @param {Record<string, any>} base
 * @param {Patch} patch
 * @param {Record<string, any>} theirs
 * @param {readonly string[]} [ignored] fields that the server writes by itself
 * @param {Rules} [rules]
 * @returns {Change[]}
 */
export function compare(base, patch, theirs, ignored = [], rules = {}) {
  const fields = new Set([...Object.keys(patch), ...Object.keys(base), ...Object.keys(theirs)]);
  ignored.forEach((field) => fields.delete(field));
  return [...fields].map((field) => changeOf(field, base, patch, theirs, rules)).filter((c) => c !== null);
}

/**
 * Lays the patch onto the server's state. The returned patch holds what is still to be set there;
 * where the two overlap it holds the person's value (within what is merged, where it collides), and the
 * overlap is listed.
 * @param {Record<string, any>} base
 * @param {Patch} patch
 * @param {Record<string, any>} theirs
 * @param {Rules} [rules]
 * @returns {{patch: Patch, overlaps: Change[]}}
 */
export function mergeOnto(base, patch, theirs, rules) {
  const changes = compare(base, patch, theirs, [], rules).filter(({ kind }) => kind !== "theirs" && kind !== "same");
  return {
    patch: Object.fromEntries(changes.map((change) => [change.field, asIWant(change)])),
    overlaps: changes.filter(({ kind }) => kind === "both"),
  };
}

/** What the person wants of a field, with theirs combined into it where that is possible. @param {Change} change @returns {any} */
export const asIWant = ({ mine, text, merged }) => (text ?? merged ?? { mine }).mine;

/**
 * @param {string} field
 * @param {Record<string, any>} base
 * @param {Patch} patch
 * @param {Record<string, any>} theirs
 * @param {Rules} rules
 * @returns {Change | null} null when nobody changed the field
 */
function changeOf(field, base, patch, theirs, rules) {
  const [before, now] = [member(base, field, rules), member(theirs, field, rules)];
  const mine = Object.hasOwn(patch, field) ? member(patch, field, rules) : before;
  const iChanged = !sameValue(mine, before, rules);
  const theyChanged = !sameValue(now, before, rules);
  if (!iChanged && !theyChanged) return null;
  const change = { field, base: before, theirs: now, mine };
  if (!theyChanged) return { ...change, kind: "mine" };
  if (!iChanged) return { ...change, kind: "theirs" };
  const merged = rules.merge?.(change, rules);
  if (merged && merged.overlaps.length > 0) return { ...change, kind: "both", merged };
  if (sameValue(merged ? merged.mine : mine, now, rules)) return { ...change, kind: "same" };
  if (merged) return { ...change, kind: "combined", merged };
  const unit = rules.text && Object.hasOwn(rules.text, field) ? rules.text[field] : undefined;
  if (!unit || [before, mine, now].some((value) => typeof value !== "string")) return { ...change, kind: "both" };
  const text = mergeText(before, mine, now, unit);
  return { ...change, kind: text.mine === text.theirs ? "combined" : "both", text };
}
