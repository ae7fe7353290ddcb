/**
 * Keeps pending edits in the browser (IndexedDB), so that a reload, a crash or a closed laptop loses
 * none, and lets the tabs of one browser share them.
 *
 * Each edit is sent by one tab, the one that made it, and shown by all. A tab holds a Web Lock for as
 * long as it lives; whoever gets the lock of another tab knows that this one is gone, and takes its
 * edits over. News travels by BroadcastChannel. Where a browser offers no locks or no channel, every
 * tab takes up what it finds: two may then send the same request, which the server knows by its
 * mutation id and carries out once. What IndexedDB has not written yet is in localStorage from the turn
 * in which the person acted (occ-staged.js).
 *
 * Used by one client: `new OptimisticClient({ url, journal: new BrowserJournal("tasks of ana") })`. The
 * name says whose edits these are: give each person and each service its own.
 *
 * Promised: what `save` was called with outlives the page, where localStorage is to be had; what it was
 * awaited for is on disk as far as the browser tells. Not promised: that the
 * browser keeps it for ever; private windows forget it when they are closed, and some browsers offer
 * nothing there. What could not be kept is told, see `trouble`; the edits then live in memory alone.
 *
 * @module occ-journal
 */

import { Staged, latest } from "./occ-staged.js";

/** @typedef {import("./occ-edit.js").Snapshot} Snapshot */

/**
 * Why edits are not kept: `full`, the browser's quota is used up; `not-storable`, a value is of a kind
 * that cannot be stored; `unavailable`, the browser offers no storage here, or it failed.
 * @typedef {{reason: "full" | "not-storable" | "unavailable", cause: unknown}} Trouble
 */

/**
 * What a journal tells the client.
 * @typedef {Object} JournalListener
 * @property {(snapshots: Snapshot[]) => void} heard another tab changed these
 * @property {(snapshots: Snapshot[]) => void} adopt their tab is gone; they are this one's now
 * @property {() => void} troubled `trouble` has changed
 */

/**
 * Where a client keeps its edits; an application can bring one of its own.
 * @typedef {Object} Journal
 * @property {string} tab who this is among those that share it
 * @property {Trouble | null} trouble why the last writing failed
 * @property {(listener: JournalListener) => Promise<void>} open hands out what is there, then tells what comes
 * @property {(snapshots: Snapshot[]) => Promise<void>} save keeps these, drops those that are settled; never rejects
 * @property {(key: string, action: () => Promise<void>) => Promise<void>} exclusively one tab at a time, for one entity
 * @property {() => void} close
 */

/**
 * What a journal needs of the browser.
 * @typedef {{indexedDB?: IDBFactory, locks?: LockManager, BroadcastChannel?: typeof BroadcastChannel, localStorage?: Storage}} Platform
 */

const SETTLED = new Set(["CONFIRMED", "DISCARDED"]);

/** Whether nothing of it is kept any more. @param {Snapshot} snapshot */
const isSettled = ({ state }) => SETTLED.has(state);

/** @implements {Journal} */
export class BrowserJournal {
  /** @type {Trouble | null} */ trouble = null;
  /** @type {Promise<IDBDatabase> | null} */ #database = null;
  /** @type {Promise<void>} */ #writing = Promise.resolve();
  /** @type {BroadcastChannel | null} */ #channel = null;
  /** @type {Set<string>} */ #watched = new Set();
  /** @type {JournalListener | null} */ #listener = null;
  /** @type {Staged} */ #staged;
  #end = () => {};

  /**
   * @param {string} name
   * @param {Platform} [platform]
   */
  constructor(name, platform = BROWSER) {
    this.name = `occ4j:${name}`;
    this.tab = `${Date.now()}-${Math.random().toString(36).slice(2)}`;
    this.platform = platform;
    this.#staged = new Staged(this.name, this.tab, () => platform.localStorage);
  }

  /** Whether tabs can tell which of them are alive. @returns {boolean} */
  get #shared() {
    return this.platform.locks !== undefined && this.platform.BroadcastChannel !== undefined;
  }

  /** @param {JournalListener} listener */
  async open(listener) {
    this.#listener = listener;
    if (this.#shared) await this.#join();
    const stored = await this.#stored();
    const staging = this.#staged.tabs();
    if (!this.#shared) {
      listener.adopt(latest([...stored, ...staging.flatMap((tab) => this.#staged.of(tab))]));
      return staging.forEach((tab) => this.#staged.forget(tab));
    }
    const tabs = new Set([...stored.map(({ tab }) => tab), ...staging]);
    listener.heard(stored);
    for (const tab of tabs) await this.#inherit(tab, { ifAvailable: true });
    for (const tab of tabs) this.#watch(tab);
  }

  /** @param {Snapshot[]} snapshots */
  save(snapshots) {
    this.#staged.put(snapshots, isSettled);
    this.#writing = this.#writing.then(() => this.#write(snapshots));
    return this.#writing;
  }

  /** @param {string} key @param {() => Promise<void>} action */
  async exclusively(key, action) {
    const { locks } = this.platform;
    return this.#shared ? locks?.request(`${this.name}:entity:${key}`, action) : action();
  }

  close() {
    this.#end();
    this.#channel?.close();
    this.#staged.close();
    this.#listener = null;
    void this.#database?.then((database) => database.close()).catch(() => {});
  }

  /** Holds the lock that says that this tab lives, and listens to the others. */
  async #join() {
    const { locks, BroadcastChannel: Channel } = this.platform;
    await new Promise((joined) => {
      locks?.request(this.#lock(this.tab), () => new Promise((end) => ((this.#end = () => end(null)), joined(null))));
    });
    // A tab may be gone before it could tell of its first edit.
    this.#staged.listen((tab) => this.#watch(tab));
    if (!Channel) return;
    this.#channel = new Channel(this.name);
    this.#channel.addEventListener("message", ({ data }) => {
      this.#listener?.heard(data);
      data.forEach((/** @type {Snapshot} */ { tab }) => this.#watch(tab));
    });
  }

  /** @param {string} tab */
  #lock(tab) {
    return `${this.name}:tab:${tab}`;
  }

  /** Waits for the end of another tab, in order to take over what it leaves. @param {string} tab */
  #watch(tab) {
    if (tab === this.tab || this.#watched.has(tab)) return;
    this.#watched.add(tab);
    void this.#inherit(tab, {}).then(() => this.#watched.delete(tab));
  }

  /** @param {string} tab @param {LockOptions} options */
  async #inherit(tab, options) {
    if (tab === this.tab) return;
    await this.platform.locks?.request(this.#lock(tab), options, async (lock) => {
      if (!lock || !this.#listener) return;
      // From the disk: another one may have been faster, and its news still on the way.
      const left = (await this.#stored()).filter((each) => each.tab === tab);
      this.#listener?.adopt(latest([...left, ...this.#staged.of(tab)]));
      this.#staged.forget(tab); // this one's place has them
      await this.#writing; // before the next one gets the lock and looks
    });
  }

  /** @returns {Promise<Snapshot[]>} the oldest first */
  async #stored() {
    try {
      const database = await this.#opened();
      /** @type {Snapshot[]} */
      const all = await result(database.transaction(EDITS).objectStore(EDITS).getAll());
      return latest(all);
    } catch (cause) {
      this.#tell(cause);
      return [];
    }
  }

  /** @param {Snapshot[]} snapshots */
  async #write(snapshots) {
    try {
      const database = await this.#opened();
      const transaction = database.transaction(EDITS, "readwrite", { durability: "strict" });
      const store = transaction.objectStore(EDITS);
      for (const each of snapshots) isSettled(each) ? store.delete(each.uid) : store.put(each);
      await committed(transaction);
      this.#tell(null);
    } catch (cause) {
      this.#tell(cause);
    }
    this.#staged.drop(snapshots);
    try {
      this.#channel?.postMessage(snapshots);
    } catch {
      // What cannot be stored cannot be sent to other tabs either, and was told above.
    }
  }

  /** @returns {Promise<IDBDatabase>} */
  #opened() {
    const opened = (this.#database ??= open(this.platform, this.name, () => (this.#database = null)));
    return opened.catch((cause) => {
      this.#database = null; // the next writing tries again
      throw cause;
    });
  }

  /** @param {unknown} cause null when all is well */
  #tell(cause) {
    const before = this.trouble?.reason;
    this.trouble = cause === null ? null : { reason: reasonOf(cause), cause };
    if (before !== this.trouble?.reason) this.#listener?.troubled();
  }
}

const EDITS = "edits";

/** Some browsers never answer when storage is broken; edits must not wait for that. */
const PATIENCE_MILLIS = 5_000;

/** Read when needed: where storage is forbidden, the mere look throws. */
const BROWSER = {
  get indexedDB() {
    return globalThis.indexedDB;
  },
  get locks() {
    return globalThis.navigator?.locks;
  },
  get BroadcastChannel() {
    return globalThis.BroadcastChannel;
  },
  get localStorage() {
    return globalThis.localStorage;
  },
};

/** @param {any} cause @returns {Trouble["reason"]} */
function reasonOf(cause) {
  if (cause?.name === "QuotaExceededError") return "full";
  return cause?.name === "DataCloneError" ? "not-storable" : "unavailable";
}

/** @param {{indexedDB?: IDBFactory}} platform @param {string} name @param {() => void} closed @returns {Promise<IDBDatabase>} */
async function open({ indexedDB }, name, closed) {
  if (!indexedDB) throw new Error("this browser offers no IndexedDB here");
  const request = indexedDB.open(name, 1);
  request.addEventListener("upgradeneeded", () => request.result.createObjectStore(EDITS, { keyPath: "uid" }));
  const late = new Promise((_, reject) => setTimeout(() => reject(new Error("no answer")), PATIENCE_MILLIS));
  const database = await Promise.race([result(request), late]);
  database.addEventListener("close", closed); // the person cleared the site's data
  database.addEventListener("versionchange", () => (database.close(), closed()));
  return database;
}

/** @param {IDBRequest} request @returns {Promise<any>} */
function result(request) {
  return new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error));
    request.addEventListener("blocked", () => reject(new Error("another version of this page keeps the storage open")));
  });
}

/** @param {IDBTransaction} transaction @returns {Promise<void>} */
function committed(transaction) {
  return new Promise((resolve, reject) => {
    transaction.addEventListener("complete", () => resolve());
    transaction.addEventListener("abort", () => reject(transaction.error));
  });
}
