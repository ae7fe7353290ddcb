export { Problems } from "./occ-http.js";
export class OptimisticClient {
    /** @param {ClientOptions} options */
    constructor(options: ClientOptions);
    options: import("./occ-options.js").Options;
    /** Resolves when the edits that an earlier page left are back; never rejects. @type {Promise<void>} */
    restored: Promise<void>;
    /** Why pending edits are not kept beyond this page just now, although they should be. */
    get trouble(): import("./occ-journal.js").Trouble | null;
    /** Whether pending edits would survive this page. @returns {boolean} */
    get durable(): boolean;
    /** Leaves the journal to other tabs. Call it when the client is given up before its page. */
    dispose(): void;
    /** Calls the listener after every change. @param {() => void} listener @returns {() => void} ends it */
    subscribe(listener: () => void): () => void;
    /** @returns {View[]} all entities that there is something to show of */
    views(): View[];
    /** @param {string | number} key @returns {View | null} */
    view(key: string | number): View | null;
    /**
     * Reads the collection and takes what is newer. One listing at a time; callers share it.
     * @returns {Promise<WireOutcome>} rejects with a TypeError if the answer is not understood: then what could be read
     *     of it is taken, and nothing counts as deleted
     * @param {{anew?: boolean}} [options] anew: one that is under way does not count, as it may have been read before now
     */
    sync({ anew }?: {
        anew?: boolean;
    }): Promise<WireOutcome>;
    /**
     * Reads one entity and takes it if it is newer; one that is not there any more counts as deleted.
     * @param {string | number} key
     * @returns {Promise<WireOutcome>} rejects with a TypeError if the answer is not understood
     */
    refresh(key: string | number): Promise<WireOutcome>;
    /**
     * Takes a state from the server if it is newer (C4).
     * @param {Entity} entity @returns {boolean} whether it was taken
     * @throws {TypeError} if it has no id or no version that is understood
     */
    accept(entity: Entity): boolean;
    /**
     * Begins a form on an entity: remembers the state that the form shows, until `close`.
     * @param {string | number} key
     * @param {Entity} [base] the state that it showed, where it was filled before a reload
     * @returns {Draft}
     */
    open(key: string | number, base?: Entity): Draft;
    /** @param {Draft} draft */
    close(draft: Draft): void;
    /** @param {Patch} fields @returns {PendingEdit} */
    create(fields: Patch): PendingEdit;
    /**
     * Sets some fields. With a draft the edit expects the version that the draft shows; without one,
     * the version shown now.
     * @param {string | number} key @param {Patch} patch members of the protocol in it are left out
     * @param {Draft} [draft] @returns {PendingEdit}
     */
    update(key: string | number, patch: Patch, draft?: Draft): PendingEdit;
    /** Deletes, expecting a version as `update` does. @param {string | number} key @param {Draft} [draft] @returns {PendingEdit} */
    remove(key: string | number, draft?: Draft): PendingEdit;
    /** Tries an UNKNOWN edit again, or ends the pause of a waiting one: same request, same id (C3). @param {PendingEdit} edit */
    resend(edit: PendingEdit): void;
    /** Does so for every edit that waits; for when the network is back. */
    resendAll(): void;
    /**
     * Takes one edit back (C1) and shows what the server has. One that is SENDING or UNKNOWN may
     * have happened all the same; the next `sync` tells.
     * @param {PendingEdit} edit
     */
    discard(edit: PendingEdit): void;
    /**
     * Settles a conflict: fetches the latest state, lays the person's fields onto it, and sends them
     * under a new mutation id. If the state has moved again, in a field that the person sets, the
     * edit is CONFLICTED once more with the person's choices kept. If the latest state cannot be
     * fetched it stays CONFLICTED and `edit.problem` says why.
     * @param {PendingEdit} edit CONFLICTED, and not by a deletion
     * @param {Patch} [resolved] all that the person wants set; without it, the edit's own fields win
     * @param {Conflict} [conflict] the one that they looked at while they decided; news may have renewed it since
     * @returns {Promise<PendingEdit>} as soon as the edit is under way or back in conflict
     */
    refreshAndApply(edit: PendingEdit, resolved?: Patch, conflict?: Conflict): Promise<PendingEdit>;
    /**
     * Makes an entity again that somebody deleted, under its id, as the person saw it and with their
     * fields. If somebody else was faster with that, it is CONFLICTED again.
     * @param {PendingEdit} edit CONFLICTED by a deletion
     * @returns {Promise<PendingEdit>} as soon as it is under way
     */
    restore(edit: PendingEdit): Promise<PendingEdit>;
    #private;
}
export type Entity = import("./occ-entity.js").Entity;
export type Version = import("./occ-entity.js").Version;
export type Conflict = import("./occ-edit.js").Conflict;
export type Draft = import("./occ-record.js").Draft;
export type View = import("./occ-record.js").View;
export type EntityRecord = import("./occ-record.js").EntityRecord;
export type Patch = import("./occ-merge.js").Patch;
export type Change = import("./occ-merge.js").Change;
export type TextUnit = import("./occ-text.js").TextUnit;
export type Problem = import("./occ-http.js").Problem;
export type WireOutcome = import("./occ-http.js").WireOutcome;
export type ClientOptions = import("./occ-options.js").ClientOptions;
import { PendingEdit } from "./occ-edit.js";
export { EditState, PendingEdit } from "./occ-edit.js";
export { isLater, sameVersion } from "./occ-entity.js";
export { compare, mergeOnto, sameValue } from "./occ-merge.js";
