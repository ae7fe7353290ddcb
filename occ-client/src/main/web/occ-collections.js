/**
 * Sets, counters, keyed lists and nested objects, merged within: a module of its own, loaded by who uses it and
 * given to the client as an option. Pure functions. The same as `asSet`, `counter` and `keyed` of `org.occ4j.merge`
 * in Java, step for step.
 *
 * ```js
 * const merge = collections({ tags: "set", votes: "counter", items: { keyed: "id" } });
 * new OptimisticClient({ url: "/tasks", merge });
 * ```
 *
 * @module occ-collections
 */

import { isPlain, member, sameValue } from "./occ-merge.js";
import { mergeText, withLineFeeds } from "./occ-text.js";

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
export function collections(fields) {
  const byPath = new Map(Object.entries(fields));
  byPath.forEach((rule, path) => requireSense(byPath, path, rule));
  return ({ field, base, mine, theirs }, rules) => {
    const rule = byPath.get(field);
    if (rule === undefined) return null;
    const merged = (/** @type {"mine" | "theirs"} */ favoured) => {
      const walk = new Walk(byPath, rules, favoured);
      return { value: walk.ruled(rule, { path: field, shown: field }, { base, mine, theirs }), overlaps: walk.overlaps };
    };
    const { value, overlaps } = merged("mine");
    if (value === null) return null;
    return { mine: value, theirs: overlaps.length > 0 ? merged("theirs").value : value, overlaps };
  };
}

/** @param {Map<string, CollectionRule>} byPath @param {string} path @param {any} rule */
function requireSense(byPath, path, rule) {
  const known = ["set", "counter", "fields"].includes(rule) || ["string", "function"].includes(typeof rule?.keyed);
  if (!known) throw new TypeError(`no rule for a collection: ${path}`);
  if (!byPath.has(path.split(".")[0])) throw new TypeError(`inside a field without a rule: ${path}`);
}

/** Where the walk is: as the rules name it, and as people need it, with the ids of elements. @typedef {{path: string, shown: string}} Place */

/** @param {Place} place @param {string} name @returns {Place} */
const inside = ({ path, shown }, name) => ({ path: `${path}.${name}`, shown: `${shown}.${name}` });

/** One merge. Undefined stands for what is absent; null, of a rule, for one that does not fit the values. */
class Walk {
  /** @type {string[]} */ overlaps = [];

  /** @param {Map<string, CollectionRule>} byPath @param {Rules} rules @param {"mine" | "theirs"} favoured where the two collide */
  constructor(byPath, rules, favoured) {
    this.byPath = byPath;
    this.rules = rules;
    this.favoured = favoured;
  }

  /** @param {CollectionRule} rule @param {Place} place @param {Sides} sides @returns {any} */
  ruled(rule, place, sides) {
    if (rule === "counter") return sum(sides);
    if (rule === "set") return this.#set(sides);
    if (rule === "fields") return arePlain(sides) ? this.#members(place, sides) : null;
    return this.#keyed(rule.keyed, place, sides);
  }

  /** @param {any} a @param {any} b */
  #same(a, b) {
    return sameValue(a, b, this.rules);
  }

  /** @param {Place} place @param {Sides} sides @returns {any} */
  #field(place, sides) {
    const rule = this.byPath.get(place.path);
    if (rule) return this.ruled(rule, place, sides) ?? this.#whole(place, sides);
    const { text } = this.rules;
    const unit = text && Object.hasOwn(text, place.path) ? text[place.path] : undefined;
    return unit ? this.#text(unit, place, sides) : this.#value(place, sides);
  }

  /** @param {Place} place @param {Sides} sides @returns {any} */
  #value(place, sides) {
    return arePlain(sides) ? this.#members(place, sides) : this.#whole(place, sides);
  }

  /** @param {Place} place @param {Sides} sides @returns {any} */
  #whole({ shown }, { base, mine, theirs }) {
    if (this.#same(mine, base) || this.#same(mine, theirs)) return theirs;
    if (this.#same(theirs, base)) return mine;
    this.overlaps.push(shown);
    return this.favoured === "mine" ? mine : theirs;
  }

  /** @param {import("./occ-text.js").TextUnit} unit @param {Place} place @param {Sides} sides @returns {any} */
  #text(unit, place, sides) {
    const { base, mine, theirs } = sides;
    const texts = [base, mine, theirs].every((value) => typeof value === "string");
    const oneSided = this.#same(mine, base) || this.#same(theirs, base) || this.#same(mine, theirs);
    if (!texts || oneSided) return this.#whole(place, sides);
    const merged = mergeText(base, mine, theirs, unit);
    if (merged.mine !== merged.theirs) this.overlaps.push(place.shown);
    return merged[this.favoured];
  }

  /** @param {Place} place @param {Sides} sides */
  #members(place, { base, mine, theirs }) {
    const { rules } = this;
    // Theirs first: where only the order tells members apart, the server's stays.
    const names = new Set([theirs, mine, base].flatMap(Object.keys));
    const merged = [...names].map((name) => {
      const of = (/** @type {any} */ side) => member(side, name, rules);
      return [name, this.#field(inside(place, name), { base: of(base), mine: of(mine), theirs: of(theirs) })];
    });
    return Object.fromEntries(merged.filter(([, value]) => value !== undefined && !(rules.absentIsNull && value === null)));
  }

  /** @param {Sides} sides @returns {any[] | null} */
  #set({ base, mine, theirs }) {
    const before = base ?? []; // where there was none, each side's elements are what it added
    if (this.#same(mine, base) || this.#same(theirs, base)) return null;
    if (![before, mine, theirs].every(Array.isArray)) return null;
    const [inBase, inMine, taken] = [new Known(this.rules, before), new Known(this.rules, mine), new Known(this.rules, [])];
    const stay = theirs.filter((/** @type {any} */ each) => (inMine.has(each) || !inBase.has(each)) && taken.add(each));
    const added = mine.filter((/** @type {any} */ each) => !inBase.has(each) && taken.add(each));
    return [...stay, ...added];
  }

  /** @param {string | ((element: any) => any)} key @param {Place} place @param {Sides} sides @returns {any[] | null} */
  #keyed(key, { path, shown }, sides) {
    const [base, mine, theirs] = [sides.base ?? [], sides.mine, sides.theirs].map((list) => byId(list, key));
    if (!base || !mine || !theirs) return null;
    const [before, left, right] = [base, mine, theirs].map((elements) => [...elements.keys()]);
    const contested = isContested(before, left, right);
    if (contested) this.overlaps.push(shown);
    const mineLeads = contested ? this.favoured === "mine" : hasMoved(before, left, right);
    return (mineLeads ? lead(left, right) : lead(right, left))
      .map((id) => {
        const element = { base: base.get(id), mine: mine.get(id), theirs: theirs.get(id) };
        return this.#value({ path, shown: `${shown}[${id}]` }, element);
      })
      .filter((element) => element !== undefined);
  }
}

/** @param {Sides} sides */
const arePlain = ({ base, mine, theirs }) => [base, mine, theirs].every(isPlain);

/** Values among which others are looked for: at once where these are plain, else by comparing them with each. */
class Known {
  /** @type {Set<any>} */ #plain = new Set();
  /** @type {any[]} */ #all = [];
  /** @type {any[]} */ #objects = [];

  /** @param {Rules} rules @param {any[]} values */
  constructor(rules, values) {
    this.rules = rules;
    values.forEach((value) => this.add(value));
  }

  /** @param {any} value @returns {boolean} */
  has(value) {
    if (this.#plain.has(canonical(value))) return true;
    const candidates = typeof value === "object" && value !== null ? this.#all : this.#objects;
    return candidates.some((each) => sameValue(each, value, this.rules));
  }

  /** @param {any} value @returns {boolean} whether it was not there before */
  add(value) {
    if (this.has(value)) return false;
    this.#all.push(value);
    if (typeof value === "object" && value !== null) this.#objects.push(value);
    else this.#plain.add(canonical(value));
    return true;
  }
}

/** JSON has no undefined; in an array it is written as null. @param {any} value */
const canonical = (value) => (typeof value === "string" ? withLineFeeds(value) : (value ?? null));

// Counters.

/** In decimals, as they are written: 0.1 and 0.2 are 0.3. @param {Sides} sides @returns {number | null} */
function sum({ base, mine, theirs }) {
  const [from, to, now] = [base, mine, theirs].map(decimal);
  if (!from || !to || !now) return null;
  const scale = Math.max(from.scale, to.scale, now.scale);
  const scaled = (/** @type {{digits: bigint, scale: number}} */ it) => it.digits * 10n ** BigInt(scale - it.scale);
  const value = Number(`${scaled(now) + scaled(to) - scaled(from)}e${-scale}`);
  const inexact = Number.isSafeInteger(theirs) && Number.isInteger(value) && !Number.isSafeInteger(value);
  return Number.isFinite(value) && !inexact ? value : null;
}

/** @param {any} value @returns {{digits: bigint, scale: number} | null} */
function decimal(value) {
  const parts = typeof value === "number" ? /^(-?\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)) : null;
  if (!parts) return null;
  const [, whole, fraction = "", exponent = "0"] = parts;
  return { digits: BigInt(whole + fraction), scale: fraction.length - Number(exponent) };
}

// The order of keyed lists. What counts is the order, relative to each other, of the ids that all three have.

/** @param {any} list @param {string | ((element: any) => any)} key @returns {Map<any, any> | null} null if ids cannot tell the elements apart */
function byId(list, key) {
  if (!Array.isArray(list)) return null;
  const elements = new Map();
  for (const element of list) {
    const id = canonical(typeof key === "function" ? key(element) : isPlain(element) && member(element, key, {}));
    const fits = typeof key === "function" || isPlain(element);
    if (!fits || !["string", "number", "boolean"].includes(typeof id) || elements.has(id)) return null;
    elements.set(id, element);
  }
  return elements;
}

/** @typedef {any[]} Ids */

/** Those of the first that the second has too. @param {Ids} ids @param {Ids} others @returns {Ids} */
function common(ids, others) {
  const wanted = new Set(others);
  return ids.filter((id) => wanted.has(id));
}

/** @param {Ids} one @param {Ids} other */
const equal = (one, other) => one.length === other.length && one.every((id, at) => id === other[at]);

/** Whether one side changed the order. @param {Ids} base @param {Ids} side @param {Ids} other */
const hasMoved = (base, side, other) => !equal(common(common(side, other), base), common(common(base, other), side));

/** Whether both changed the order, in different ways. @param {Ids} base @param {Ids} mine @param {Ids} theirs */
function isContested(base, mine, theirs) {
  const shared = common(mine, theirs);
  if (equal(shared, common(theirs, mine))) return false;
  // What both added has no place in the base, so each of them chose one.
  const bothAdded = shared.length > common(shared, base).length;
  return bothAdded || (hasMoved(base, mine, theirs) && hasMoved(base, theirs, mine));
}

/**
 * The leader's order; what only the follower has goes to the front, to the end, or behind what it stands behind there,
 * after what the leader put into the same place.
 * @param {Ids} leader @param {Ids} follower @returns {Ids}
 */
function lead(leader, follower) {
  const led = new Set(leader);
  /** @type {Ids} */ const front = [];
  const behind = new Map();
  let run = front;
  for (const id of follower) {
    if (led.has(id)) behind.set(id, (run = []));
    else run.push(id);
  }
  const end = run;
  /** @type {Ids} */ const merged = [];
  let waiting = front;
  const place = () => waiting !== end && merged.push(...waiting);
  for (const id of leader) {
    if (behind.has(id)) {
      place();
      waiting = behind.get(id);
    }
    merged.push(id);
  }
  place();
  return [...merged, ...end];
}
