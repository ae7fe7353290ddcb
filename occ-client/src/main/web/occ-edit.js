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

/**
 * All that has to be known of an edit to go on with it in another tab, or after a reload.
 * @typedef {Object} Snapshot
 * @property {string} uid
 * @property {number} order of two edits of one entity the lower one was made first
 * @property {readonly string[]} over those before it that the person saw when they made it
 * @property {number} revision grows with each change
 * @property {string} tab the one that may send it
 * @property {string} key of the entity
 * @property {"create" | "update" | "remove"} kind
 * @property {Patch} patch
 * @property {Entity | null} base
 * @property {string | undefined} user
 * @property {State} state
 * @property {string} mutationId
 * @property {string | null} supersedes
 * @property {WireRequest | null} request
 * @property {boolean} inDoubt
 * @property {Problem | null} problem
 * @property {{current: Entity | null, problem: Problem} | null} conflict
 * @property {Entity | null} made what it became, once CONFIRMED
 */

/** A pending create, update or delete. Applied to the local view from the moment it exists. */
export class PendingEdit {
  /** @type {State} */ state = EditState.LOCAL;
  /** The id it is sent under; every resend carries the same one, also after whatever happened to the page. @type {string} */
  mutationId;
  /** The id that a conflict used up, when this edit was applied again. @type {string | null} */
  supersedes = null;
  /** Sent as it stands until it is settled, so that a resend is the same request. @type {WireRequest | null} */
  request = null;
  /** Whether this request was sent and may have been carried out, whatever is answered later by others. */ inDoubt = false;
  /** Why it is not on the wire just now although it is SENDING. @type {{reason: "network" | "unavailable" | "in-flight", millis: number} | null} */
  waiting = null;
  /** @type {Conflict | null} */ conflict = null;
  /** What it became, once CONFIRMED; null for a deletion. @type {Entity | null} */ made = null;
  /** Of its entity. */ key = "";
  /** Whether it was made here, and neither in another tab nor before a reload. */ local = true;
  /** Among all tabs; empty while nobody keeps it. */ uid = "";
  /** The tab that may send it. */ tab = "";
  /** Of two edits of one entity the lower one was made first. */ order = 0;
  /** Those before it that the person saw when they made it. @type {readonly string[]} */ over = [];
  revision = 0;
  /** The last refusal or failure. @type {Problem | null} */ problem = null;
  /** Resolves with this edit once it is settled; never rejects. @type {Promise<PendingEdit>} */ done;
  /** @type {(edit: PendingEdit) => void} */ #resolveDone = () => {};

  /**
   * @param {"create" | "update" | "remove"} kind
   * @param {Patch} patch the fields the person set
   * @param {Entity | null} base the state the person was looking at; null for a create
   * @param {Pick<Options, "serverFields" | "absentIsNull" | "text" | "merge" | "user" | "uuid">} options
   */
  constructor(kind, patch, base, options) {
    this.kind = kind;
    this.options = options;
    this.patch = this.#ownFields(patch);
    this.base = base;
    /** Who made it; it is sent as theirs, whoever is there by then. @type {string | undefined} */
    this.user = options.user();
    this.mutationId = options.uuid();
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
    const ignored = [...RESERVED, ...this.options.serverFields];
    const changes = current ? compare(this.base ?? {}, this.patch, current, ignored, this.options) : [];
    this.conflict = { current, changes, problem };
  }

  /** The person decided: what to set, on which state (null: on none). A new request will carry it (C3). @param {Patch} patch @param {Entity | null} base */
  rework(patch, base) {
    this.moveTo(EditState.LOCAL);
    // Decided twice without a sending in between, it still follows the one that was sent.
    if (this.request) {
      this.supersedes = this.mutationId;
      this.mutationId = this.options.uuid();
    }
    this.request = null;
    this.inDoubt = false;
    this.patch = this.#ownFields(patch);
    this.base = base;
  }

  /** Whether the person who made this edit saw the other one below it. @param {PendingEdit} other */
  saw({ uid }) {
    return this.over.includes(uid);
  }

  /** @returns {Snapshot} */
  snapshot() {
    const { uid, order, over, revision, tab, key, kind, patch, base, user, state, mutationId, supersedes } = this;
    const { request, inDoubt, problem, made } = this;
    const conflict = this.conflict && { current: this.conflict.current, problem: this.conflict.problem };
    const mutation = { mutationId, supersedes, request, inDoubt };
    return { uid, order, over, revision, tab, key, kind, patch, base, user, state, ...mutation, problem, conflict, made };
  }

  /** @param {Snapshot} snapshot @param {Pick<Options, "serverFields" | "absentIsNull" | "text" | "merge" | "user" | "uuid">} options @returns {PendingEdit} */
  static restore(snapshot, options) {
    const edit = new PendingEdit(snapshot.kind, snapshot.patch, snapshot.base, options);
    const { uid, order, over, user } = snapshot;
    Object.assign(edit, { uid, order, over, user, local: false });
    edit.assume(snapshot);
    if (edit.settled) edit.#resolveDone(edit);
    return edit;
  }

  /** Becomes what another tab says of it. Its end is not declared here. @param {Snapshot} snapshot */
  assume(snapshot) {
    const { revision, tab, key, patch, base, state, mutationId, supersedes, request, inDoubt, problem, made } = snapshot;
    Object.assign(this, { revision, tab, key, patch, base, mutationId, supersedes, request, inDoubt, made, problem });
    this.waiting = null;
    this.conflict = null;
    if (snapshot.conflict) this.conflictWith(snapshot.conflict.current, snapshot.conflict.problem);
    this.state = state;
  }

  /** Goes on with what another page has left: a request that was on its way is sent again as it is. */
  inherit() {
    this.inDoubt ||= this.state === EditState.SENDING || this.state === EditState.UNKNOWN;
    if (this.state === EditState.SENDING || this.state === EditState.UNKNOWN) this.state = EditState.LOCAL;
    if (this.state === EditState.RESOLVING) this.state = EditState.CONFLICTED;
  }

  /** What a person can set: a form's copy of the whole entity carries a version that is long past. @param {Patch} patch @returns {Patch} */
  #ownFields(patch) {
    const taken = new Set([...RESERVED, ...this.options.serverFields]);
    return Object.fromEntries(
      Object.entries(patch).filter(([field, value]) => !taken.has(field) && value !== undefined),
    );
  }
}
