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
export function sameValue(a: any, b: any, rules?: Rules): boolean;
/** Whether it is an object all of which are its members: it comes from JSON or from a literal. @param {any} value @returns {boolean} */
export function isPlain(value: any): boolean;
/** What a plain object holds under this name; undefined for nothing. @param {any} object @param {string} name @param {Rules} rules @returns {any} */
export function member(object: any, name: string, { absentIsNull }: Rules): any;
/**
 * Every field in which the three states are not all alike, the patch's own fields first.
 * @param {Record<string, any>} base
 * @param {Patch} patch
 * @param {Record<string, any>} theirs
 * @param {readonly string[]} [ignored] fields that the server writes by itself
 * @param {Rules} [rules]
 * @returns {Change[]}
 */
export function compare(base: Record<string, any>, patch: Patch, theirs: Record<string, any>, ignored?: readonly string[], rules?: Rules): Change[];
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
export function mergeOnto(base: Record<string, any>, patch: Patch, theirs: Record<string, any>, rules?: Rules): {
    patch: Patch;
    overlaps: Change[];
};
export function asIWant({ mine, text, merged }: Change): any;
/**
 * Some fields of an entity and the values to set; fields that are not named keep theirs.
 */
export type Patch = Record<string, any>;
/**
 * One field that differs between the three states.
 * - `mine`: only the person changed it
 * - `theirs`: only the server's state moved
 * - `same`: both changed it, to the same value, or theirs has in it what mine changed
 * - `combined`: both changed it, at different places of a text or a collection; `text` or `merged` is the result
 * - `both`: both changed it, to different values
 */
export type Change = {
    field: string;
    /**
     * what both started from
     */
    base: any;
    /**
     * what the server holds now
     */
    theirs: any;
    /**
     * what the person wants
     */
    mine: any;
    kind: "mine" | "theirs" | "same" | "combined" | "both";
    /**
     * of a text that is merged: the whole of it as each side would
     * have it. The two differ only where the sides collide
     */
    text?: import("./occ-text.js").MergedText | undefined;
    /**
     * the same of what `Rules.merge` merges
     */
    merged?: Merged | undefined;
};
/**
 * A value that is merged within: the whole of it, with mine or with theirs where the two collide.
 */
export type Merged = {
    mine: any;
    theirs: any;
    /**
     * where that is: the field itself, or places in it such as `items[7].price`
     */
    overlaps: readonly string[];
};
/**
 * Merges a field that both sides changed; null where it has no rule for it, or none that fits the values.
 */
export type MergeWithin = (sides: Pick<Change, "field" | "base" | "theirs" | "mine">, rules: Rules) => Merged | null;
/**
 * How values are compared.
 */
export type Rules = {
    /**
     * whether a field that is left out is the same as one that is null: where the
     * server's type has no absent fields, and one answer leaves nulls out and another does not
     */
    absentIsNull?: boolean | undefined;
    /**
     * fields that are merged within, by lines
     * or by words
     */
    text?: Readonly<Record<string, import("./occ-text.js").TextUnit>> | undefined;
    /**
     * merges other fields within, such as `collections` of `occ-collections.js`
     */
    merge?: MergeWithin | null | undefined;
};
