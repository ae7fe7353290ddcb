/** Of two accounts of one edit the later; the oldest edit first. @param {Snapshot[]} snapshots @returns {Snapshot[]} */
export function latest(snapshots: Snapshot[]): Snapshot[];
/**
 * Holds edits from the turn in which a person made them until IndexedDB has them: localStorage is
 * written at once, so a page that goes away right after the click loses none. Each tab has a place of
 * its own there, which whoever takes the tab's edits over reads and clears. Used by occ-journal.js.
 *
 * Promised: what `put` returned from outlives its page, and the browser as far as the browser says.
 * Not promised: that what was dropped stays away when the whole browser ends abruptly, for browsers
 * write localStorage to disk later. An edit that comes back by that is sent under the id it had.
 * Where localStorage is forbidden or full nothing is held, and nothing is told: the journal tells what
 * IndexedDB says a moment later.
 *
 * @module occ-staged
 */
/** @typedef {import("./occ-edit.js").Snapshot} Snapshot */
export class Staged {
    /** @param {string} name the journal's @param {string} tab whose edits these are @param {() => Storage | undefined} storage */
    constructor(name: string, tab: string, storage: () => Storage | undefined);
    prefix: string;
    tab: string;
    storage: () => Storage | undefined;
    /** @param {Snapshot[]} snapshots @param {(snapshot: Snapshot) => boolean} isSettled whether nothing of it is to be kept */
    put(snapshots: Snapshot[], isSettled: (snapshot: Snapshot) => boolean): void;
    /** The journal has these now, or has told why not. @param {Snapshot[]} snapshots */
    drop(snapshots: Snapshot[]): void;
    /** @returns {string[]} the tabs that have left something */
    tabs(): string[];
    /** @param {string} tab @returns {Snapshot[]} */
    of(tab: string): Snapshot[];
    /** What this tab left has been taken over. @param {string} tab */
    forget(tab: string): void;
    /** Tells of each tab that holds something from now on, until `close`. @param {(tab: string) => void} told */
    listen(told: (tab: string) => void): void;
    close(): void;
    #private;
}
export type Snapshot = import("./occ-edit.js").Snapshot;
