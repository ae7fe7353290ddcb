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
export const EditState: Readonly<{
    LOCAL: "LOCAL";
    SENDING: "SENDING";
    UNKNOWN: "UNKNOWN";
    CONFLICTED: "CONFLICTED";
    RESOLVING: "RESOLVING";
    CONFIRMED: "CONFIRMED";
    REJECTED: "REJECTED";
    DISCARDED: "DISCARDED";
}>;
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
    /** @param {Snapshot} snapshot @param {Pick<Options, "serverFields" | "absentIsNull" | "text" | "merge" | "user" | "uuid">} options @returns {PendingEdit} */
    static restore(snapshot: Snapshot, options: Pick<Options, "serverFields" | "absentIsNull" | "text" | "merge" | "user" | "uuid">): PendingEdit;
    /**
     * @param {"create" | "update" | "remove"} kind
     * @param {Patch} patch the fields the person set
     * @param {Entity | null} base the state the person was looking at; null for a create
     * @param {Pick<Options, "serverFields" | "absentIsNull" | "text" | "merge" | "user" | "uuid">} options
     */
    constructor(kind: "create" | "update" | "remove", patch: Patch, base: Entity | null, options: Pick<Options, "serverFields" | "absentIsNull" | "text" | "merge" | "user" | "uuid">);
    /** @type {State} */ state: State;
    /** The id it is sent under; every resend carries the same one, also after whatever happened to the page. @type {string} */
    mutationId: string;
    /** The id that a conflict used up, when this edit was applied again. @type {string | null} */
    supersedes: string | null;
    /** Sent as it stands until it is settled, so that a resend is the same request. @type {WireRequest | null} */
    request: WireRequest | null;
    /** Whether this request was sent and may have been carried out, whatever is answered later by others. */ inDoubt: boolean;
    /** Why it is not on the wire just now although it is SENDING. @type {{reason: "network" | "unavailable" | "in-flight", millis: number} | null} */
    waiting: {
        reason: "network" | "unavailable" | "in-flight";
        millis: number;
    } | null;
    /** @type {Conflict | null} */ conflict: Conflict | null;
    /** What it became, once CONFIRMED; null for a deletion. @type {Entity | null} */ made: Entity | null;
    /** Of its entity. */ key: string;
    /** Whether it was made here, and neither in another tab nor before a reload. */ local: boolean;
    /** Among all tabs; empty while nobody keeps it. */ uid: string;
    /** The tab that may send it. */ tab: string;
    /** Of two edits of one entity the lower one was made first. */ order: number;
    /** Those before it that the person saw when they made it. @type {readonly string[]} */ over: readonly string[];
    revision: number;
    /** The last refusal or failure. @type {Problem | null} */ problem: Problem | null;
    /** Resolves with this edit once it is settled; never rejects. @type {Promise<PendingEdit>} */ done: Promise<PendingEdit>;
    kind: "remove" | "update" | "create";
    options: Pick<import("./occ-options.js").Options, "text" | "user" | "absentIsNull" | "serverFields" | "merge" | "uuid">;
    patch: import("./occ-merge.js").Patch;
    base: import("./occ-entity.js").Entity | null;
    /** Who made it; it is sent as theirs, whoever is there by then. @type {string | undefined} */
    user: string | undefined;
    /** @returns {boolean} whether nothing more will happen to this edit */
    get settled(): boolean;
    /** @param {State} state @param {Problem | null} [problem] */
    moveTo(state: State, problem?: Problem | null): void;
    /** @param {Entity | null} current @param {Problem} problem */
    conflictWith(current: Entity | null, problem: Problem): void;
    /** The person decided: what to set, on which state (null: on none). A new request will carry it (C3). @param {Patch} patch @param {Entity | null} base */
    rework(patch: Patch, base: Entity | null): void;
    /** Whether the person who made this edit saw the other one below it. @param {PendingEdit} other */
    saw({ uid }: PendingEdit): boolean;
    /** @returns {Snapshot} */
    snapshot(): Snapshot;
    /** Becomes what another tab says of it. Its end is not declared here. @param {Snapshot} snapshot */
    assume(snapshot: Snapshot): void;
    /** Goes on with what another page has left: a request that was on its way is sent again as it is. */
    inherit(): void;
    #private;
}
export type Patch = import("./occ-merge.js").Patch;
export type Change = import("./occ-merge.js").Change;
export type Problem = import("./occ-http.js").Problem;
export type WireRequest = import("./occ-http.js").WireRequest;
export type State = keyof typeof EditState;
export type Entity = import("./occ-entity.js").Entity;
export type Options = import("./occ-options.js").Options;
/**
 * What the server said when it refused an edit for its version.
 */
export type Conflict = {
    /**
     * the state on the server, null when the entity was deleted
     */
    current: Entity | null;
    /**
     * every field that differs; empty when it was deleted
     */
    changes: Change[];
    problem: Problem;
};
/**
 * All that has to be known of an edit to go on with it in another tab, or after a reload.
 */
export type Snapshot = {
    uid: string;
    /**
     * of two edits of one entity the lower one was made first
     */
    order: number;
    /**
     * those before it that the person saw when they made it
     */
    over: readonly string[];
    /**
     * grows with each change
     */
    revision: number;
    /**
     * the one that may send it
     */
    tab: string;
    /**
     * of the entity
     */
    key: string;
    kind: "create" | "update" | "remove";
    patch: Patch;
    base: Entity | null;
    user: string | undefined;
    state: State;
    mutationId: string;
    supersedes: string | null;
    request: WireRequest | null;
    inDoubt: boolean;
    problem: Problem | null;
    conflict: {
        current: Entity | null;
        problem: Problem;
    } | null;
    /**
     * what it became, once CONFIRMED
     */
    made: Entity | null;
};
