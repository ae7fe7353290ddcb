/**
 * Between a client and the journal in which its edits are kept: notices which edits have changed and
 * saves those, and takes in what the journal tells of other tabs. Used by occ-client.js.
 *
 * K1  An edit has one owner, the tab that may send it. Only the owner saves it. A tab in which the
 *     person acts on an edit (discards, decides, sends again) becomes its owner by that.
 * K2  Of two accounts of one edit the later revision counts; where they are equal, the greater tab.
 * K3  An edit is on disk before its request is on the wire: what may have been carried out is sent
 *     again, after whatever happens to this page, as the very same request.
 *
 * @module occ-keeper
 */

import { EditState, PendingEdit } from "./occ-edit.js";

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
  /** @type {Map<string, PendingEdit>} */ #edits = new Map();
  /** What was last saved or heard of each. @type {WeakMap<PendingEdit, unknown[]>} */ #known = new WeakMap();
  #count = 0;
  #starting = true;
  /** @type {Promise<void>} */ #saved = Promise.resolve();
  /** Whether what was left from before has been taken up; nothing is sent before. */ ready;

  /** @param {Options} options @param {Followers} followers */
  constructor(options, followers) {
    this.options = options;
    this.journal = options.journal;
    this.followers = followers;
    this.ready = this.journal === null;
    this.opened = this.#open();
  }

  async #open() {
    if (!this.journal) return;
    await this.journal.open({
      heard: (snapshots) => this.#hear(snapshots),
      adopt: (snapshots) => this.#adopt(snapshots),
      troubled: () => this.followers.changed(),
    });
    this.ready = true;
    this.#starting = false;
    this.followers.changed();
  }

  /** @returns {string} what no other tab begins its names with */
  get prefix() {
    return this.journal ? `${this.journal.tab}:` : "";
  }

  /** Whether an edit is this tab's to send. @param {PendingEdit} edit */
  owns(edit) {
    return this.ready && (this.journal === null || edit.tab === this.journal.tab);
  }

  /** A new edit, or one in whose course the person has intervened here (K1). @param {PendingEdit} edit */
  own(edit) {
    if (!this.journal) return;
    edit.tab = this.journal.tab;
    if (edit.uid !== "") return;
    edit.uid = `${edit.tab}:${++this.#count}`;
    this.#edits.set(edit.uid, edit);
  }

  /** Saves every edit that has changed since, in one writing: all of it is kept, or nothing. @returns {Promise<void> | undefined} */
  keep() {
    if (!this.journal) return undefined;
    const snapshots = [];
    for (const edit of this.#edits.values()) {
      if (edit.tab !== this.journal.tab || !this.#note(edit)) continue;
      edit.revision++;
      snapshots.push(edit.snapshot());
      if (isOver(edit)) this.#edits.delete(edit.uid);
    }
    if (snapshots.length > 0) this.#saved = this.journal.save(snapshots);
    return this.#saved;
  }

  /** @param {string} key @param {() => Promise<void>} action */
  exclusively(key, action) {
    return this.journal ? this.journal.exclusively(key, action) : action();
  }

  /** @param {PendingEdit} edit @returns {boolean} whether it differs from what was noted before */
  #note(edit) {
    const { state, base, patch, request, inDoubt, problem, tab, key } = edit;
    const now = [state, base, patch, request, inDoubt, problem, tab, key];
    const before = this.#known.get(edit);
    this.#known.set(edit, now);
    return before === undefined || now.some((each, at) => each !== before[at]);
  }

  /** @param {Snapshot[]} snapshots */
  #hear(snapshots) {
    for (const snapshot of snapshots) this.#take(snapshot);
    this.followers.changed();
  }

  /** @param {Snapshot} snapshot @returns {PendingEdit | null} */
  #take(snapshot) {
    const known = this.#edits.get(snapshot.uid);
    if (!known) return isOver(snapshot) ? null : this.#show(snapshot);
    const { revision, tab } = known;
    const later = snapshot.revision - revision || (snapshot.tab > tab ? 1 : -1); // K2
    if (later < 0 || (snapshot.revision === revision && snapshot.tab === tab)) return known;
    known.assume(snapshot);
    this.followers.moved(known, snapshot);
    this.#note(known);
    if (isOver(snapshot)) this.#edits.delete(snapshot.uid);
    return known;
  }

  /** @param {Snapshot} snapshot @returns {PendingEdit} */
  #show(snapshot) {
    const edit = PendingEdit.restore(snapshot, this.options);
    this.#edits.set(edit.uid, edit);
    this.followers.appeared(edit);
    this.#note(edit);
    return edit;
  }

  /** Their tab is gone. @param {Snapshot[]} snapshots */
  #adopt(snapshots) {
    for (const snapshot of snapshots) {
      const edit = this.#take(snapshot);
      if (!edit) continue;
      this.own(edit);
      edit.inherit();
      this.followers.inherited(edit, this.#starting);
    }
    this.followers.changed();
  }
}

/** Whether nothing of it is kept any more. @param {{state: string}} edit */
function isOver({ state }) {
  return state === EditState.CONFIRMED || state === EditState.DISCARDED;
}
