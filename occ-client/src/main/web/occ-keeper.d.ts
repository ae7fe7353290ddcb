/** @typedef {import("./occ-edit.js").Snapshot} Snapshot */
/** @typedef {import("./occ-entity.js").Entity} Entity */
/** @typedef {import("./occ-journal.js").Journal} Journal */
/** @typedef {import("./occ-options.js").Options} Options */
/**
 * What happened to an edit elsewhere, for the client to do the same here.
 * @typedef {Object} Followers
 * @property {(edit: PendingEdit) => void} appeared
 * @property {(edit: PendingEdit, snapshot: Snapshot) => void} moved
 * @property {(edit: PendingEdit, atStart: boolean) => void} inherited it is to be sent from here now
 * @property {() => void} changed
 */
export class Keeper {
    /** @param {Options} options @param {Followers} followers */
    constructor(options: Options, followers: Followers);
    /** Whether what was left from before has been taken up; nothing is sent before. */ ready: boolean;
    options: import("./occ-options.js").Options;
    journal: import("./occ-journal.js").Journal | null;
    followers: Followers;
    opened: Promise<void>;
    /** @returns {string} what no other tab begins its names with */
    get prefix(): string;
    /** Whether an edit is this tab's to send. @param {PendingEdit} edit */
    owns(edit: PendingEdit): boolean;
    /** A new edit, or one in whose course the person has intervened here (K1). @param {PendingEdit} edit */
    own(edit: PendingEdit): void;
    /** Saves every edit that has changed since, in one writing: all of it is kept, or nothing. @returns {Promise<void> | undefined} */
    keep(): Promise<void> | undefined;
    /** @param {string} key @param {() => Promise<void>} action */
    exclusively(key: string, action: () => Promise<void>): Promise<void>;
    #private;
}
export type Snapshot = import("./occ-edit.js").Snapshot;
export type Entity = import("./occ-entity.js").Entity;
export type Journal = import("./occ-journal.js").Journal;
export type Options = import("./occ-options.js").Options;
/**
 * What happened to an edit elsewhere, for the client to do the same here.
 */
export type Followers = {
    appeared: (edit: PendingEdit) => void;
    moved: (edit: PendingEdit, snapshot: Snapshot) => void;
    /**
     * it is to be sent from here now
     */
    inherited: (edit: PendingEdit, atStart: boolean) => void;
    changed: () => void;
};
import { PendingEdit } from "./occ-edit.js";
