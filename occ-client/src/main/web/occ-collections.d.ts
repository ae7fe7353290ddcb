/** @typedef {import("./occ-merge.js").Rules} Rules */
/** @typedef {import("./occ-merge.js").MergeWithin} MergeWithin */
/** @typedef {{base: any, mine: any, theirs: any}} Sides absent is undefined */
/**
 * How a field is merged within; values of another kind than the rule's are one value.
 * - `"set"`, an array: theirs, without what mine removed, with what mine added
 * - `"counter"`, a number: theirs plus what mine added, also where both wrote the same number
 * - `"fields"`, an object: member by member
 * - `keyed`, an array: element by element, those with the same id belonging together, in the order of the side that
 *   changed it. The id is a text, a number or a boolean: a member's name, or a function of the element. Where one is
 *   missing or double the array is one value
 * @typedef {"set" | "counter" | "fields" | {readonly keyed: string | ((element: any) => any)}} CollectionRule
 */
/**
 * The rules as the client's option `merge`. What is inside a field goes by its path, as in `"items.votes"`, and
 * members of elements and of `fields` that are objects are merged within, too.
 * @param {Readonly<Record<string, CollectionRule>>} fields
 * @returns {MergeWithin}
 */
export function collections(fields: Readonly<Record<string, CollectionRule>>): MergeWithin;
export type Rules = import("./occ-merge.js").Rules;
export type MergeWithin = import("./occ-merge.js").MergeWithin;
/**
 * absent is undefined
 */
export type Sides = {
    base: any;
    mine: any;
    theirs: any;
};
/**
 * How a field is merged within; values of another kind than the rule's are one value.
 * - `"set"`, an array: theirs, without what mine removed, with what mine added
 * - `"counter"`, a number: theirs plus what mine added, also where both wrote the same number
 * - `"fields"`, an object: member by member
 * - `keyed`, an array: element by element, those with the same id belonging together, in the order of the side that
 *   changed it. The id is a text, a number or a boolean: a member's name, or a function of the element. Where one is
 *   missing or double the array is one value
 */
export type CollectionRule = "set" | "counter" | "fields" | {
    readonly keyed: string | ((element: any) => any);
};
export type Ids = any[];
/**
 * Where the walk is: as the rules name it, and as people need it, with the ids of elements.
 */
export type Place = {
    path: string;
    shown: string;
};
