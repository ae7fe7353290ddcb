/** @typedef {import("./occ-edit.js").PendingEdit} PendingEdit */
/** @typedef {import("./occ-http.js").WireRequest} WireRequest */
/** @typedef {import("./occ-http.js").WireOutcome} WireOutcome */
/** @typedef {import("./occ-options.js").Options} Options */
export class Sender {
    /** @param {Options} options */
    constructor(options: Options);
    options: import("./occ-options.js").Options;
    /** Reads the collection, or one entity of it. @param {string} [key] @returns {Promise<WireOutcome>} */
    read(key?: string): Promise<WireOutcome>;
    /**
     * Sends the edit until there is an outcome that is worth acting on, or the limits are used up;
     * then the last `network`, `unavailable` or `in-flight` outcome comes back.
     * @param {PendingEdit} edit
     * @param {string} key
     * @param {() => Promise<void> | undefined} changed called when the edit's state or waiting changed; awaited before anything
     *     is sent, for what is on the wire has to be on disk
     * @returns {Promise<WireOutcome | null>} null: the edit was discarded meanwhile, or another tab took it
     */
    deliver(edit: PendingEdit, key: string, changed: () => Promise<void> | undefined): Promise<WireOutcome | null>;
    /** Ends the edit's pause, if it is in one. @param {PendingEdit} edit */
    wake(edit: PendingEdit): void;
    #private;
}
export type PendingEdit = import("./occ-edit.js").PendingEdit;
export type WireRequest = import("./occ-http.js").WireRequest;
export type WireOutcome = import("./occ-http.js").WireOutcome;
export type Options = import("./occ-options.js").Options;
