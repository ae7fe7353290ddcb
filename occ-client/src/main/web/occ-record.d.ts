/** @typedef {import("./occ-entity.js").Entity} Entity */
/** @typedef {import("./occ-entity.js").Version} Version */
/** @typedef {import("./occ-edit.js").PendingEdit} PendingEdit */
/** @typedef {import("./occ-merge.js").Patch} Patch */
/**
 * What to show of one entity.
 * @typedef {Object} View
 * @property {string} key the entity's id, or a provisional one while its create is pending
 * @property {string} identity stays the same when a create gets its id; what a page keys its elements by
 * @property {Entity | null} confirmed the newest state known from the server
 * @property {Patch} value the confirmed state with all pending edits laid over it
 * @property {readonly PendingEdit[]} pending unsettled edits, the oldest first
 * @property {readonly PendingEdit[]} rejected refused edits that nobody has discarded yet
 * @property {boolean} gone whether it was deleted on the server
 * @property {Version} ownVersion the version that this client's last confirmed edit made; 0 for none
 * @property {boolean} own whether the person at this page wrote the confirmed state, here or in another tab
 */
/**
 * The state an open form was filled from. It moves only when an edit of this same client is
 * confirmed, never because news arrived: so a save from the form meets the other person's change.
 * @typedef {{readonly key: string, base: Entity, readonly over: ReadonlySet<PendingEdit>}} Draft
 */
/** What this client knows of one entity: the confirmed state, and the edits laid over it in order. */
export class EntityRecord {
    /** @param {string} key @param {(entity: Entity) => boolean} isOwn */
    constructor(key: string, isOwn: (entity: Entity) => boolean);
    /** @type {Entity | null} */ base: Entity | null;
    /** Deleted on the server, as far as this client has heard. */ gone: boolean;
    /** Unsettled edits, oldest first; only the first is ever on the wire. @type {PendingEdit[]} */ queue: PendingEdit[];
    /** Refused edits, kept until the person has dealt with them. @type {PendingEdit[]} */ rejected: PendingEdit[];
    /** @type {Set<Draft>} */ drafts: Set<Draft>;
    /** When, in the client's own count of events, the server last showed this entity. */ seenAt: number;
    /** The version that the last confirmed edit made. @type {Version} */ ownVersion: Version;
    /** A version that shows just what an edit on its way wants: its answer is late. @type {Version | undefined} */ echo: Version | undefined;
    key: string;
    identity: string;
    isOwn: (entity: Entity) => boolean;
    /** @returns {Entity | null} the confirmed state with every pending edit laid over it */
    folded(): Entity | null;
    /**
     * The state that a new edit is made on: what is shown, under the version that the edits before it
     * expect. Under a pending edit lies perhaps a newer state, of which the person sees only what the
     * edit does not cover; to expect that newer version would be to overwrite what they cannot see.
     * @returns {Entity | null} null when there is nothing to edit
     */
    editable(): Entity | null;
    /** @returns {View | null} null when there is nothing to show */
    view(): View | null;
    /** @returns {boolean} whether the person at this page wrote the confirmed state */
    get own(): boolean;
    /** Adds an edit behind those that were made before it; what is on its way keeps its place. @param {PendingEdit} edit */
    add(edit: PendingEdit): void;
    /** @param {Entity} entity newer than the one known */
    move(entity: Entity): void;
    /** @returns {boolean} whether nobody needs this record any more */
    get forgettable(): boolean;
    /**
     * Moves what was waiting behind a confirmed edit onto its result.
     *
     * An edit that shares the confirmed one's base, and was made by somebody who saw it (another tab's
     * may not have been in sight), was made over exactly this outcome: compare-and-set
     * proves that nobody else wrote in between. Otherwise another person's change came in with the
     * outcome, and an edit may follow only where it does not touch the same fields; if it does, it
     * keeps its old version, so that the server refuses it and the person gets to see why.
     * @param {Entity | null} sentOn the base that the confirmed edit was sent with
     * @param {Entity} confirmed
     * @param {PendingEdit} edit the confirmed one
     */
    rebase(sentOn: Entity | null, confirmed: Entity, edit: PendingEdit): void;
    /**
     * Takes one edit out and gives those behind it the base they have without it.
     * @param {PendingEdit} edit
     */
    drop(edit: PendingEdit): void;
}
/** All records of a client, and the rule by which a state from the server is taken or ignored. */
export class Records {
    /** @param {(entity: Entity) => boolean} isOwn */
    constructor(isOwn: (entity: Entity) => boolean);
    isOwn: (entity: Entity) => boolean;
    /** @returns {EntityRecord[]} */
    all(): EntityRecord[];
    /** @param {string} key @returns {EntityRecord | undefined} */
    get(key: string): EntityRecord | undefined;
    /** A record for an entity that the server has not named yet. @param {string} prefix @returns {EntityRecord} */
    provisional(prefix: string): EntityRecord;
    /** The record of this key, also where nothing else is known of it yet. @param {string} key @returns {EntityRecord} */
    of(key: string): EntityRecord;
    /** @param {PendingEdit} edit @returns {EntityRecord | undefined} */
    find(edit: PendingEdit): EntityRecord | undefined;
    /** @param {PendingEdit} edit @returns {EntityRecord} */
    holderOf(edit: PendingEdit): EntityRecord;
    /** The point in time to give to `takeAll`. @returns {number} */
    mark(): number;
    /** Takes a state if it is newer than what is known (C4). @param {Entity} entity @returns {boolean} */
    take(entity: Entity): boolean;
    /** Takes a complete listing that was asked for at the mark. @param {Entity[]} entities @param {number} mark */
    takeAll(entities: Entity[], mark: number): void;
    /** It was not there when it was asked for at the mark. @param {string} key @param {number} mark */
    miss(key: string, mark: number): void;
    /** The entity was deleted, in this state or a later one. @param {EntityRecord} record @param {Entity | null} last */
    bury(record: EntityRecord, last: Entity | null): void;
    /** A create was confirmed under this id. @param {EntityRecord} record @param {string} id */
    rename(record: EntityRecord, id: string): void;
    /** @param {EntityRecord} record */
    forgetIfDone(record: EntityRecord): void;
    #private;
}
export type Entity = import("./occ-entity.js").Entity;
export type Version = import("./occ-entity.js").Version;
export type PendingEdit = import("./occ-edit.js").PendingEdit;
export type Patch = import("./occ-merge.js").Patch;
/**
 * What to show of one entity.
 */
export type View = {
    /**
     * the entity's id, or a provisional one while its create is pending
     */
    key: string;
    /**
     * stays the same when a create gets its id; what a page keys its elements by
     */
    identity: string;
    /**
     * the newest state known from the server
     */
    confirmed: Entity | null;
    /**
     * the confirmed state with all pending edits laid over it
     */
    value: Patch;
    /**
     * unsettled edits, the oldest first
     */
    pending: readonly PendingEdit[];
    /**
     * refused edits that nobody has discarded yet
     */
    rejected: readonly PendingEdit[];
    /**
     * whether it was deleted on the server
     */
    gone: boolean;
    /**
     * the version that this client's last confirmed edit made; 0 for none
     */
    ownVersion: Version;
    /**
     * whether the person at this page wrote the confirmed state, here or in another tab
     */
    own: boolean;
};
/**
 * The state an open form was filled from. It moves only when an edit of this same client is
 * confirmed, never because news arrived: so a save from the form meets the other person's change.
 */
export type Draft = {
    readonly key: string;
    base: Entity;
    readonly over: ReadonlySet<PendingEdit>;
};
