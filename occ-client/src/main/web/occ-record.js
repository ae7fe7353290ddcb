/**
 * What a client knows of the entities on the server, and the edits laid over each. Nothing here
 * talks to anybody; it is the bookkeeping that decides which state counts. Used by occ-client.js.
 *
 * @module occ-record
 */

import { isLater, keyOf, sameVersion } from "./occ-entity.js";
import { compare, sameValue } from "./occ-merge.js";

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
  /** @type {Entity | null} */ base = null;
  /** Deleted on the server, as far as this client has heard. */ gone = false;
  /** Unsettled edits, oldest first; only the first is ever on the wire. @type {PendingEdit[]} */ queue = [];
  /** Refused edits, kept until the person has dealt with them. @type {PendingEdit[]} */ rejected = [];
  /** @type {Set<Draft>} */ drafts = new Set();
  /** When, in the client's own count of events, the server last showed this entity. */ seenAt = 0;

  /** The version that the last confirmed edit made. @type {Version} */ ownVersion = 0;
  /** A version that shows just what an edit on its way wants: its answer is late. @type {Version | undefined} */ echo;

  /** @param {string} key @param {(entity: Entity) => boolean} isOwn */
  constructor(key, isOwn) {
    this.key = key;
    this.identity = key;
    this.isOwn = isOwn;
  }

  /** @returns {Entity | null} the confirmed state with every pending edit laid over it */
  folded() {
    return this.queue.reduce(fold, this.base);
  }

  /**
   * The state that a new edit is made on: what is shown, under the version that the edits before it
   * expect. Under a pending edit lies perhaps a newer state, of which the person sees only what the
   * edit does not cover; to expect that newer version would be to overwrite what they cannot see.
   * @returns {Entity | null} null when there is nothing to edit
   */
  editable() {
    const shown = this.folded();
    const before = this.queue.at(-1)?.base;
    return shown && before ? { ...shown, version: before.version } : shown;
  }

  /** @returns {View | null} null when there is nothing to show */
  view() {
    const { key, identity, base: confirmed, gone, ownVersion } = this;
    // A refused create has no state anywhere, but the text in it is still the person's.
    const value = this.folded() ?? this.rejected[0]?.patch ?? null;
    const [pending, rejected] = [[...this.queue], [...this.rejected]];
    const own = this.own;
    return value && { key, identity, confirmed, value, pending, rejected, gone, ownVersion, own };
  }

  /** @returns {boolean} whether the person at this page wrote the confirmed state */
  get own() {
    const { base, ownVersion, echo } = this;
    if (!base) return false;
    return sameVersion(base.version, ownVersion) || sameVersion(base.version, echo) || this.isOwn(base);
  }

  /** Adds an edit behind those that were made before it; what is on its way keeps its place. @param {PendingEdit} edit */
  add(edit) {
    const before = this.queue.findLastIndex(({ state, order }) => state !== "LOCAL" || order <= edit.order);
    this.queue.splice(before + 1, 0, edit);
    edit.key = this.key;
  }

  /** @param {Entity} entity newer than the one known */
  move(entity) {
    const [head] = this.queue;
    const sent = head?.kind === "update" && (head.state === "SENDING" || head.state === "UNKNOWN");
    const made = sent && Object.entries(head.patch).every(([name, value]) => sameValue(entity[name], value));
    if (made && (head.user === undefined || head.user === entity.updatedBy)) this.echo = entity.version;
    this.base = entity;
  }

  /** @returns {boolean} whether nobody needs this record any more */
  get forgettable() {
    const deleted = this.gone || this.base === null;
    return deleted && this.queue.length + this.rejected.length + this.drafts.size === 0;
  }

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
  rebase(sentOn, confirmed, edit) {
    for (const draft of this.drafts) {
      // A form shows what another tab made only if it was opened over that.
      const shows = edit.local || draft.over.has(edit);
      if (shows && sameVersion(draft.base.version, sentOn?.version)) draft.base = confirmed;
    }
    let onto = confirmed;
    for (const later of this.queue) {
      const base = later.base;
      const created = base === null || sentOn === null;
      const follows = created || (sameVersion(base.version, sentOn.version) && later.saw(edit));
      // Nothing is combined within a field here: that is for a person to see. A counter is touched even by the same number.
      const { absentIsNull, merge } = later.options;
      const changes = compare(base ?? {}, later.patch, onto, [], { absentIsNull, merge });
      const touches = later.kind === "remove" || changes.some(({ kind }) => kind === "both" || kind === "combined");
      if (!follows && touches) return;
      // A late answer can be older than what this edit was made on; bases never move back.
      if (created || isLater(onto.version, base.version)) later.base = onto;
      onto = /** @type {Entity} */ (fold(onto, later));
    }
  }

  /**
   * Takes one edit out and gives those behind it the base they have without it.
   * @param {PendingEdit} edit
   */
  drop(edit) {
    const at = this.queue.indexOf(edit);
    if (at < 0) return;
    this.queue.splice(at, 1);
    let onto = edit.base;
    for (const later of this.queue.slice(at)) {
      if (!sameVersion(later.base?.version, edit.base?.version)) return;
      later.base = onto;
      onto = fold(onto, later);
    }
  }
}

/** @param {Entity | null} base @param {PendingEdit} edit @returns {Entity | null} */
function fold(base, edit) {
  // What another tab edits may not have been listed here yet.
  return edit.kind === "remove" ? base : /** @type {Entity} */ ({ ...(base ?? edit.base), ...edit.patch });
}

/** All records of a client, and the rule by which a state from the server is taken or ignored. */
export class Records {
  /** @type {Map<string, EntityRecord>} */ #records = new Map();
  /**
   * The versions at which entities were deleted, so that a late answer brings none back. One small
   * entry for each deletion seen, until the page is left.
   * @type {Map<string, Version>}
   */
  #buried = new Map();
  #events = 0;
  #provisionalKeys = 0;

  /** @param {(entity: Entity) => boolean} isOwn */
  constructor(isOwn) {
    this.isOwn = isOwn;
  }

  /** @returns {EntityRecord[]} */
  all() {
    return [...this.#records.values()];
  }

  /** @param {string} key @returns {EntityRecord | undefined} */
  get(key) {
    return this.#records.get(key);
  }

  /** A record for an entity that the server has not named yet. @param {string} prefix @returns {EntityRecord} */
  provisional(prefix) {
    return this.of(`new:${prefix}${++this.#provisionalKeys}`);
  }

  /** The record of this key, also where nothing else is known of it yet. @param {string} key @returns {EntityRecord} */
  of(key) {
    const record = this.#records.get(key) ?? new EntityRecord(key, this.isOwn);
    this.#records.set(record.key, record);
    return record;
  }

  /** @param {PendingEdit} edit @returns {EntityRecord | undefined} */
  find(edit) {
    return this.all().find(({ queue, rejected }) => queue.includes(edit) || rejected.includes(edit));
  }

  /** @param {PendingEdit} edit @returns {EntityRecord} */
  holderOf(edit) {
    const record = this.find(edit);
    if (!record) throw new Error(`the edit is settled: ${edit.state}`);
    return record;
  }

  /** The point in time to give to `takeAll`. @returns {number} */
  mark() {
    return ++this.#events;
  }

  /** Takes a state if it is newer than what is known (C4). @param {Entity} entity @returns {boolean} */
  take(entity) {
    const key = keyOf(entity);
    if (!isLater(entity.version, this.#buried.get(key))) return false;
    const record = this.#records.get(key) ?? new EntityRecord(key, this.isOwn);
    record.seenAt = ++this.#events;
    record.gone = false;
    if (!isLater(entity.version, record.base?.version)) return false;
    record.move(entity);
    this.#records.set(key, record);
    return true;
  }

  /** Takes a complete listing that was asked for at the mark. @param {Entity[]} entities @param {number} mark */
  takeAll(entities, mark) {
    entities.forEach((entity) => this.take(entity));
    const listed = new Set(entities.map(keyOf));
    for (const { key } of this.all()) if (!listed.has(key)) this.miss(key, mark);
  }

  /** It was not there when it was asked for at the mark. @param {string} key @param {number} mark */
  miss(key, mark) {
    const record = this.#records.get(key);
    if (!record) return;
    // What was seen after the question was asked need not be in the answer.
    if (record.base && record.seenAt < mark) record.gone = true;
    this.forgetIfDone(record);
  }

  /** The entity was deleted, in this state or a later one. @param {EntityRecord} record @param {Entity | null} last */
  bury(record, last) {
    const known = this.#buried.get(record.key);
    if (isLater(last?.version, known)) this.#buried.set(record.key, /** @type {Entity} */ (last).version);
    record.gone = true;
  }

  /** A create was confirmed under this id. @param {EntityRecord} record @param {string} id */
  rename(record, id) {
    this.#records.delete(record.key);
    record.key = id;
    for (const edit of [...record.queue, ...record.rejected]) edit.key = id;
    const listed = this.#records.get(id);
    this.#records.set(id, record);
    if (!listed) return;
    // A listing brought the new entity before the answer to its create, and somebody may have
    // begun to work on it there; what they look at is that one, so its identity stays.
    record.identity = listed.identity;
    record.base = listed.base;
    record.queue.push(...listed.queue);
    record.rejected.push(...listed.rejected);
    listed.drafts.forEach((draft) => record.drafts.add(draft));
  }

  /** @param {EntityRecord} record */
  forgetIfDone(record) {
    if (record.forgettable && this.#records.get(record.key) === record) this.#records.delete(record.key);
  }
}
