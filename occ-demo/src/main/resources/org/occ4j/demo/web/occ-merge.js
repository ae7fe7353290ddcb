/**
 * The three-way merge of one entity, field by field: what both sides started from, what the person
 * set, what the server holds now. Pure functions over plain JSON values; no I/O, no clock, no DOM.
 *
 * Rules, per field of the patch: the server did not move it, so mine stands; both say the same, so
 * there is nothing to do; else it is an overlap, which a person decides. A field that is not in the
 * patch is never touched, so a change of theirs to it survives by itself. An absent field is not
 * the same as a null one. Lists and objects are compared and moved as wholes.
 *
 * @module occ-merge
 */

/**
 * Some fields of an entity and the values to set; fields that are not named keep theirs.
 * @typedef {Record<string, any>} Patch
 */

/**
 * One field that differs between the three states.
 * - `mine`: only the person changed it
 * - `theirs`: only the server's state moved
 * - `same`: both changed it, to the same value
 * - `both`: both changed it, to different values
 * @typedef {Object} Change
 * @property {string} field
 * @property {any} base what both started from
 * @property {any} theirs what the server holds now
 * @property {any} mine what the person wants
 * @property {"mine" | "theirs" | "same" | "both"} kind
 */

/**
 * Whether two JSON values are equal by value.
 * @param {any} a
 * @param {any} b
 * @returns {boolean}
 */
export function sameValue(a, b) {
  if (Object.is(a, b)) return true;
  if (a === null || b === null || typeof a !== "object" || typeof b !== "object") return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const fields = Object.keys(a);
  return (
    fields.length === Object.keys(b).length &&
    fields.every((field) => Object.hasOwn(b, field) && sameValue(a[field], b[field]))
  );
}

/**
 * Every field in which the three states are not all alike, the patch's own fields first.
 * @param {Record<string, any>} base
 * @param {Patch} patch
 * @param {Record<string, any>} theirs
 * @param {readonly string[]} [ignored] fields that the server writes by itself
 * @returns {Change[]}
 */
export function compare(base, patch, theirs, ignored = []) {
  const fields = new Set([...Object.keys(patch), ...Object.keys(base), ...Object.keys(theirs)]);
  ignored.forEach((field) => fields.delete(field));
  return [...fields].map((field) => changeOf(field, base, patch, theirs)).filter((c) => c !== null);
}

/**
 * Lays the patch onto the server's state. The returned patch holds what is still to be set there;
 * where the two overlap it holds the person's value, and the overlap is listed.
 * @param {Record<string, any>} base
 * @param {Patch} patch
 * @param {Record<string, any>} theirs
 * @returns {{patch: Patch, overlaps: Change[]}}
 */
export function mergeOnto(base, patch, theirs) {
  const changes = compare(base, patch, theirs).filter(({ kind }) => kind === "mine" || kind === "both");
  return {
    patch: Object.fromEntries(changes.map(({ field, mine }) => [field, mine])),
    overlaps: changes.filter(({ kind }) => kind === "both"),
  };
}

/**
 * @param {string} field
 * @param {Record<string, any>} base
 * @param {Patch} patch
 * @param {Record<string, any>} theirs
 * @returns {Change | null} null when nobody changed the field
 */
function changeOf(field, base, patch, theirs) {
  const mine = Object.hasOwn(patch, field) ? patch[field] : base[field];
  const iChanged = !sameValue(mine, base[field]);
  const theyChanged = !sameValue(theirs[field], base[field]);
  if (!iChanged && !theyChanged) return null;
  const change = { field, base: base[field], theirs: theirs[field], mine };
  if (!theyChanged) return { ...change, kind: "mine" };
  if (!iChanged) return { ...change, kind: "theirs" };
  return { ...change, kind: sameValue(mine, theirs[field]) ? "same" : "both" };
}
