/** @implements {Journal} */
export class BrowserJournal implements Journal {
    /**
     * @param {string} name
     * @param {Platform} [platform]
     */
    constructor(name: string, platform?: Platform);
    /** @type {Trouble | null} */ trouble: Trouble | null;
    name: string;
    tab: string;
    platform: Platform;
    /** @param {JournalListener} listener */
    open(listener: JournalListener): Promise<void>;
    /** @param {Snapshot[]} snapshots */
    save(snapshots: Snapshot[]): Promise<void>;
    /** @param {string} key @param {() => Promise<void>} action */
    exclusively(key: string, action: () => Promise<void>): Promise<void | undefined>;
    close(): void;
    #private;
}
export type Snapshot = import("./occ-edit.js").Snapshot;
/**
 * Why edits are not kept: `full`, the browser's quota is used up; `not-storable`, a value is of a kind
 * that cannot be stored; `unavailable`, the browser offers no storage here, or it failed.
 */
export type Trouble = {
    reason: "full" | "not-storable" | "unavailable";
    cause: unknown;
};
/**
 * What a journal tells the client.
 */
export type JournalListener = {
    /**
     * another tab changed these
     */
    heard: (snapshots: Snapshot[]) => void;
    /**
     * their tab is gone; they are this one's now
     */
    adopt: (snapshots: Snapshot[]) => void;
    /**
     * `trouble` has changed
     */
    troubled: () => void;
};
/**
 * Where a client keeps its edits; an application can bring one of its own.
 */
export type Journal = {
    /**
     * who this is among those that share it
     */
    tab: string;
    /**
     * why the last writing failed
     */
    trouble: Trouble | null;
    /**
     * hands out what is there, then tells what comes
     */
    open: (listener: JournalListener) => Promise<void>;
    /**
     * keeps these, drops those that are settled; never rejects
     */
    save: (snapshots: Snapshot[]) => Promise<void>;
    /**
     * one tab at a time, for one entity
     */
    exclusively: (key: string, action: () => Promise<void>) => Promise<void>;
    close: () => void;
};
/**
 * What a journal needs of the browser.
 */
export type Platform = {
    indexedDB?: IDBFactory;
    locks?: LockManager;
    BroadcastChannel?: typeof BroadcastChannel;
    localStorage?: Storage;
};
