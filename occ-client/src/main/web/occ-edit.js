/**
 * One change that a person made, from the moment it is made until the server has settled it. Used
 * by occ-client.js; applications read these objects and never write them.
 *
 * @module occ-edit
 */

import { RESERVED } from "./occ-entity.js";
import { compare } from "./occ-merge.js";

/** @typedef {import("./occ-merge.js").Patch} Patch */
/** @typedef {import("./occ-merge.js").Change} Change */
/** @typedef {import("./occ-http.js").Problem} Problem */
/** @typedef {import("./occ-http.js").WireRequest} WireRequest */
/** @typedef {keyof typeof EditState} State */
/** @typedef {import("./occ-entity.js").Entity} Entity */
/** @typedef {import("./occ-options.js").Options} Options */

/**
 * ```
 * LOCAL ──> SENDING ──> CONFIRMED                       the server has it
 *              │  └───> REJECTED                        refused for good; the reason is in `problem`
 *              ├──────> UNKNOWN ──resend, same id──> SENDING
 *              └──────> CONFLICTED ──refresh and apply──> RESOLVING ──> LOCAL (new id, new expected version)
 *                            ^                                │
 *                            └──── the state moved again ─────┘
 * any unsettled state ──discard──> DISCARDED
 * ```
 * Settled: CONFIRMED, REJECTED, DISCARDED.
 */
export const EditState = Object.freeze({
  LOCAL: "LOCAL",
  SENDING: "SENDING",
  UNKNOWN: "UNKNOWN",
  CONFLICTED: "CONFLICTED",
  RESOLVING: "RESOLVING",
  CONFIRMED: "CONFIRMED",
  REJECTED: "REJECTED",
  DISCARDED: "DISCARDED",
});

/**
 * What the server said when it refused an edit for its version.
 * @typedef {Object} Conflict
 * @property {Entity | null} current the state on the server, null when the entity was deleted
 * @property {Change[]} changes every field that differs; empty when it was deleted
 * @property {Problem} problem
 */

/** A pending create, update or delete. Applied to the local view from the moment it exists. */
export class PendingEdit {
  /** @type {State} */ state = EditState.LOCAL;
  /** The id of the mutation last sent; every resend carries the same one. @type {string | null} */
  mutationId = null;
  /** The id that a conflict used up, when this edit was applied again. @type {string | null} */
  supersedes = null;
  /** Sent as it stands until it is settled, so that a resend is the same request. @type {WireRequest | null} */
  request = null;
  /** Whether this request was sent and may have been carried out, whatever is answered later by others. */ inDoubt = false;
  /** Why it is not on the wire just now although it is SENDING. @type {{reason: "network" | "unavailable" | "in-flight", millis: number} | null} */
  waiting = null;
  /** @type {Conflict | null} */ conflict = null;
  /** The last refusal or failure. @type {Problem | null} */ problem = null;
  /** Resolves with this edit once it is settled; never rejects. @type {Promise<PendingEdit>} */ done;
  /** @type {(edit: PendingEdit) => void} */ #resolveDone = () => {};

  /**
   * @param {"create" | "update" | "remove"} kind
   * @param {Patch} patch the fields the person set
   * @param {Entity | null} base the state the person was looking at; null for a create
   * @param {Pick<Options, "serverFields" | "absentIsNull" | "user">} options
   */
  constructor(kind, patch, base, options) {
    this.kind = kind;
    this.options = options;
    this.patch = this.#ownFields(patch);
    this.base = base;
    /** Who made it; it is sent as theirs, whoever is there by then. @type {string | undefined} */
    this.user = options.user();
    this.done = new Promise((resolve) => (this.#resolveDone = resolve));
  }

  /** @returns {boolean} whether nothing more will happen to this edit */
  get settled() {
    return this.state === "CONFIRMED" || this.state === "REJECTED" || this.state === "DISCARDED";
  }

  /** @param {State} state @param {Problem | null} [problem] */
  moveTo(state, problem = null) {
    this.state = state;
    this.problem = problem;
    this.waiting = null;
    if (state !== EditState.CONFLICTED && state !== EditState.RESOLVING) this.conflict = null;
    if (this.settled) this.#resolveDone(this);
  }

  /** @param {Entity | null} current @param {Problem} problem */
  conflictWith(current, problem) {
    this.moveTo(EditState.CONFLICTED, problem);
    const { serverFields, absentIsNull } = this.options;
    const ignored = [...RESERVED, ...serverFields];
    const changes = current ? compare(this.base ?? {}, this.patch, current, ignored, { absentIsNull }) : [];
    this.conflict = { current, changes, problem };
  }

  /** The person decided: what to set, on which state. A new request will carry it (C3). @param {Patch} patch @param {Entity} base */
  rework(patch, base) {
    this.moveTo(EditState.LOCAL);
    this.supersedes = this.mutationId;
    this.request = null;
    this.inDoubt = false;
    this.patch = this.#ownFields(patch);
    this.base = base;
  }

  /** What a person can set: a form's copy of the whole entity carries a version that is long past. @param {Patch} patch @returns {Patch} */
  #ownFields(patch) {
    const taken = new Set([...RESERVED, ...this.options.serverFields]);
    return Object.fromEntries(
      Object.entries(patch).filter(([field, value]) => !taken.has(field) && value !== undefined),
    );
  }
}
