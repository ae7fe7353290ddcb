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
  /** This tab's. @type {Map<string, Snapshot>} */ #own = new Map();
  #end = () => {};

  /** @param {string} name the journal's @param {string} tab whose edits these are @param {() => Storage | undefined} storage */
  constructor(name, tab, storage) {
    this.prefix = `${name}:staged:`;
    this.tab = tab;
    this.storage = storage;
  }

  /** @param {Snapshot[]} snapshots @param {(snapshot: Snapshot) => boolean} isSettled whether nothing of it is to be kept */
  put(snapshots, isSettled) {
    for (const each of snapshots) isSettled(each) ? this.#own.delete(each.uid) : this.#own.set(each.uid, each);
    this.#write();
  }

  /** The journal has these now, or has told why not. @param {Snapshot[]} snapshots */
  drop(snapshots) {
    for (const { uid, revision } of snapshots) if (this.#own.get(uid)?.revision === revision) this.#own.delete(uid);
    this.#write();
  }

  /** @returns {string[]} the tabs that have left something */
  tabs() {
    const names = this.#ask((storage) => Array.from({ length: storage.length }, (_, at) => storage.key(at) ?? "")) ?? [];
    return names.filter((name) => name.startsWith(this.prefix)).map((name) => name.slice(this.prefix.length));
  }

  /** @param {string} tab @returns {Snapshot[]} */
  of(tab) {
    return this.#ask((storage) => JSON.parse(storage.getItem(this.prefix + tab) ?? "[]")) ?? [];
  }

  /** What this tab left has been taken over. @param {string} tab */
  forget(tab) {
    this.#ask((storage) => storage.removeItem(this.prefix + tab));
  }

  /** Tells of each tab that holds something from now on, until `close`. @param {(tab: string) => void} told */
  listen(told) {
    const heard = (/** @type {StorageEvent} */ { key, newValue }) =>
      key?.startsWith(this.prefix) && newValue && told(key.slice(this.prefix.length));
    globalThis.addEventListener?.("storage", heard);
    this.#end = () => globalThis.removeEventListener?.("storage", heard);
  }

  close() {
    this.#end();
  }

  #write() {
    if (this.#own.size === 0) return this.forget(this.tab);
    this.#ask((storage) => storage.setItem(this.prefix + this.tab, JSON.stringify([...this.#own.values()])));
  }

  /** @template T @param {(storage: Storage) => T} action @returns {T | undefined} */
  #ask(action) {
    try {
      const storage = this.storage(); // where it is forbidden, the mere look throws
      return storage && action(storage);
    } catch {
      return undefined;
    }
  }
}

/** Of two accounts of one edit the later; the oldest edit first. @param {Snapshot[]} snapshots @returns {Snapshot[]} */
export function latest(snapshots) {
  /** @type {Map<string, Snapshot>} */
  const found = new Map();
  for (const each of snapshots) if (!(each.revision <= (found.get(each.uid)?.revision ?? -1))) found.set(each.uid, each);
  return [...found.values()].sort((one, other) => one.order - other.order);
}
