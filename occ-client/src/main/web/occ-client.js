/**
 * An optimistic client for a versioned HTTP resource: shows a person's edit at once, sends it with
 * the version it was made on and a mutation id, and when somebody else was faster keeps the edit
 * and asks, instead of losing either side. No DOM, no dependency, no build step.
 *
 *     const client = new OptimisticClient({
 *       url: "/tasks",
 *       items: (body) => body.tasks,
 *       user: () => "ana",
 *       headers: (user) => ({ "X-User": user, Authorization: token() }),
 *       onConflict: (edit) => openDialog(edit),      // then refreshAndApply(edit, patch) or discard(edit)
 *     });
 *     client.subscribe(() => render(client.views()));
 *     await client.sync();
 *     client.update("42", { title: "Water the plants" });
 *
 * C1  What is shown is the confirmed state with every pending edit laid over it, computed anew each
 *     time. Taking an edit back therefore removes that one edit, and never restores an old picture.
 * C2  Edits of one entity are sent one at a time, in order.
 * C3  A resend is the same request under the same mutation id; it gets a new id only when its
 *     content or its expected version changed, which happens only after a conflict.
 * C4  A state from the server is taken only if its version is newer than the one held.
 * C5  The version an edit expects moves only when an earlier edit of this client is confirmed or
 *     the person has decided a conflict. News never moves it.
 * C6  No edit is dropped without a call to `discard`; a refused one stays listed until then.
 * C7  Once a sending may have been carried out, only the contract's own words settle the edit: a
 *     success, or a problem of type `urn:occ4j:*`. What others answer leaves it UNKNOWN.
 * C8  What a person edits sets no member and no header of the protocol, and an answer that is not
 *     understood is told as an error; nothing is sent again, changed or taken for deleted by it.
 *
 * With a journal (occ-journal.js) pending edits survive a reload, a crash and a closed laptop, and the
 * tabs of one browser share them: `restored` says when they are back, `trouble` why they are not kept.
 *
 * Not promised: without a journal pending edits end with the page; different entities are sent side
 * by side, in no particular order. Until the answer to a create has come, `sync` may show the new
 * entity a second time, because only the server knows its id.
 *
 * @module occ-client
 */

import { EditState, PendingEdit } from "./occ-edit.js";
import { isEntity, isLater, keyOf } from "./occ-entity.js";
import { notUnderstood } from "./occ-http.js";
import { Keeper } from "./occ-keeper.js";
import { mergeOnto } from "./occ-merge.js";
import { withDefaults } from "./occ-options.js";
import { Records } from "./occ-record.js";
import { Sender } from "./occ-sender.js";

export { EditState, PendingEdit } from "./occ-edit.js";
export { isLater, sameVersion } from "./occ-entity.js";
export { Problems } from "./occ-http.js";
export { compare, mergeOnto, sameValue } from "./occ-merge.js";

/** @typedef {import("./occ-entity.js").Entity} Entity */
/** @typedef {import("./occ-entity.js").Version} Version */
/** @typedef {import("./occ-edit.js").Conflict} Conflict */
/** @typedef {import("./occ-record.js").Draft} Draft */
/** @typedef {import("./occ-record.js").View} View */
/** @typedef {import("./occ-record.js").EntityRecord} EntityRecord */
/** @typedef {import("./occ-merge.js").Patch} Patch */
/** @typedef {import("./occ-merge.js").Change} Change */
/** @typedef {import("./occ-text.js").TextUnit} TextUnit */
/** @typedef {import("./occ-http.js").Problem} Problem */
/** @typedef {import("./occ-http.js").WireOutcome} WireOutcome */
/** @typedef {import("./occ-options.js").ClientOptions} ClientOptions */

/** What an edit is later than one that it follows, also within one millisecond and by another tab's clock. */
const ONE_LATER = 0.001;

export class OptimisticClient {
  /** @type {Records} */ #records;
  /** @type {Set<() => void>} */ #listeners = new Set();
  /** @type {Promise<WireOutcome> | null} */ #listing = null;
  /** @type {Sender} */ #sender;
  /** @type {Keeper} */ #keeper;
  /** Edits that wait for their turn among the tabs, or are under way. @type {Set<PendingEdit>} */ #underWay = new Set();

  /** @param {ClientOptions} options */
  constructor(options) {
    this.options = withDefaults(options);
    this.#records = new Records(this.options.isOwn);
    this.#sender = new Sender(this.options);
    this.#keeper = new Keeper(this.options, {
      appeared: (edit) => this.#appear(edit),
      moved: (edit, snapshot) => this.#follow(edit, snapshot),
      inherited: (edit, atStart) => this.#inherit(edit, atStart),
      changed: () => this.#records.all().forEach((record) => this.#pump(record)),
    });
    /** Resolves when the edits that an earlier page left are back; never rejects. @type {Promise<void>} */
    this.restored = this.#keeper.opened.catch((error) => this.options.onError(error));
  }

  /** Why pending edits are not kept beyond this page just now, although they should be. */
  get trouble() {
    return this.options.journal?.trouble ?? null;
  }

  /** Whether pending edits would survive this page. @returns {boolean} */
  get durable() {
    return this.options.journal !== null && this.trouble === null;
  }

  /** Leaves the journal to other tabs. Call it when the client is given up before its page. */
  dispose() {
    this.options.journal?.close();
  }

  /** Calls the listener after every change. @param {() => void} listener @returns {() => void} ends it */
  subscribe(listener) {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** @returns {View[]} all entities that there is something to show of */
  views() {
    return this.#records.all().flatMap((record) => record.view() ?? []);
  }

  /** @param {string | number} key @returns {View | null} */
  view(key) {
    return this.#records.get(String(key))?.view() ?? null;
  }

  /**
   * Reads the collection and takes what is newer. One listing at a time; callers share it.
   * @returns {Promise<WireOutcome>} rejects with a TypeError if the answer is not understood: then what could be read
   *     of it is taken, and nothing counts as deleted
   * @param {{anew?: boolean}} [options] anew: one that is under way does not count, as it may have been read before now
   */
  sync({ anew = false } = {}) {
    if (anew && this.#listing) return this.#listing.then(() => this.sync(), () => this.sync());
    this.#listing ??= this.#list().finally(() => (this.#listing = null));
    return this.#listing;
  }

  /**
   * Reads one entity and takes it if it is newer; one that is not there any more counts as deleted.
   * @param {string | number} key
   * @returns {Promise<WireOutcome>} rejects with a TypeError if the answer is not understood
   */
  async refresh(key) {
    const mark = this.#records.mark();
    const outcome = await this.#sender.read(String(key));
    if (outcome.kind === "applied") this.accept(outcome.body);
    else if (outcome.kind === "missing") {
      this.#records.miss(String(key), mark);
      this.#renewConflicts();
      this.#changed();
    }
    return outcome;
  }

  /**
   * Takes a state from the server if it is newer (C4).
   * @param {Entity} entity @returns {boolean} whether it was taken
   * @throws {TypeError} if it has no id or no version that is understood
   */
  accept(entity) {
    if (!isEntity(entity)) throw new TypeError(`the state was not understood: ${shown(entity)}`);
    const taken = this.#records.take(entity);
    this.#renewConflicts();
    this.#changed();
    return taken;
  }

  /**
   * Begins a form on an entity: remembers the state that the form shows, until `close`.
   * @param {string | number} key
   * @param {Entity} [base] the state that it showed, where it was filled before a reload
   * @returns {Draft}
   */
  open(key, base) {
    const { record, shown } = this.#known(key);
    const draft = { key: record.key, base: base ?? shown, over: new Set(base ? [] : record.queue) };
    record.drafts.add(draft);
    return draft;
  }

  /** @param {Draft} draft */
  close(draft) {
    const record = this.#records.get(draft.key);
    if (!record?.drafts.delete(draft)) return;
    this.#records.forgetIfDone(record);
    this.#changed();
  }

  /** @param {Patch} fields @returns {PendingEdit} */
  create(fields) {
    return this.#enqueue(this.#records.provisional(this.#keeper.prefix), new PendingEdit("create", fields, null, this.options));
  }

  /**
   * Sets some fields. With a draft the edit expects the version that the draft shows; without one,
   * the version shown now.
   * @param {string | number} key @param {Patch} patch members of the protocol in it are left out
   * @param {Draft} [draft] @returns {PendingEdit}
   */
  update(key, patch, draft) {
    const { record, shown } = this.#known(key);
    return this.#enqueue(record, new PendingEdit("update", patch, draft?.base ?? shown, this.options), draft);
  }

  /** Deletes, expecting a version as `update` does. @param {string | number} key @param {Draft} [draft] @returns {PendingEdit} */
  remove(key, draft) {
    const { record, shown } = this.#known(key);
    return this.#enqueue(record, new PendingEdit("remove", {}, draft?.base ?? shown, this.options), draft);
  }

  /** Tries an UNKNOWN edit again, or ends the pause of a waiting one: same request, same id (C3). @param {PendingEdit} edit */
  resend(edit) {
    if (edit.state !== EditState.UNKNOWN) return this.#sender.wake(edit);
    this.#keeper.own(edit);
    void this.#send(this.#records.holderOf(edit), edit);
  }

  /** Does so for every edit that waits; for when the network is back. */
  resendAll() {
    const heads = this.#records.all().flatMap(({ queue }) => queue.slice(0, 1));
    heads.filter((edit) => this.#keeper.owns(edit)).forEach((edit) => this.resend(edit));
  }

  /**
   * Takes one edit back (C1) and shows what the server has. One that is SENDING or UNKNOWN may
   * have happened all the same; the next `sync` tells.
   * @param {PendingEdit} edit
   */
  discard(edit) {
    const record = this.#records.holderOf(edit);
    this.#keeper.own(edit);
    record.rejected = record.rejected.filter((other) => other !== edit);
    this.#withdraw(record, edit, EditState.DISCARDED, null);
  }

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
  async refreshAndApply(edit, resolved, conflict = edit.conflict ?? undefined) {
    if (edit.state !== EditState.CONFLICTED) throw new Error(`not in conflict: ${edit.state}`);
    const seen = conflict?.current;
    if (!seen) throw new Error("the entity was deleted; restore it, or discard the edit");
    const record = this.#records.holderOf(edit);
    const patch = resolved ?? mergeOnto(edit.base ?? {}, edit.patch, seen, this.options).patch;
    this.#keeper.own(edit);
    edit.moveTo(EditState.RESOLVING);
    this.#changed();
    const outcome = await this.#sender.read(record.key);
    if (edit.settled) return edit;
    if (outcome.kind === "applied") this.#apply(record, edit, patch, seen, outcome.body);
    else if (outcome.kind === "missing") this.#conflict(record, edit, null, outcome.problem);
    else {
      edit.moveTo(EditState.CONFLICTED, outcome.problem);
      this.#changed();
    }
    return edit;
  }

  /**
   * Makes an entity again that somebody deleted, under its id, as the person saw it and with their
   * fields. If somebody else was faster with that, it is CONFLICTED again.
   * @param {PendingEdit} edit CONFLICTED by a deletion
   * @returns {Promise<PendingEdit>} as soon as it is under way
   */
  async restore(edit) {
    if (edit.state !== EditState.CONFLICTED || edit.conflict?.current) throw new Error(`nothing to restore: ${edit.state}`);
    const record = this.#records.holderOf(edit);
    this.#keeper.own(edit);
    edit.rework({ ...edit.base, ...edit.patch }, null);
    record.base = null;
    this.#pump(record);
    return edit;
  }

  /** @param {EntityRecord} record @param {PendingEdit} edit @param {Patch} choices @param {Entity} seen @param {Entity} fetched */
  #apply(record, edit, choices, seen, fetched) {
    this.#records.take(fetched);
    const newer = (/** @type {Entity} */ a, /** @type {Entity} */ b) => (isLater(b.version, a.version) ? b : a);
    const latest = [record.base ?? seen, fetched].reduce(newer, seen);
    const { patch, overlaps } = mergeOnto(seen, choices, latest, this.options);
    // A person who decided to delete decided about the state they saw, not about a newer one.
    if (overlaps.length > 0 || (edit.kind === "remove" && isLater(latest.version, seen.version))) {
      edit.rework(choices, seen);
      return this.#conflict(record, edit, latest, { title: "The state moved again" });
    }
    edit.rework(patch, latest);
    const nothingLeft = edit.kind === "update" && Object.keys(patch).length === 0;
    if (nothingLeft) this.#confirm(record, edit, latest);
    else this.#pump(record);
  }

  /** @param {EntityRecord} record @param {PendingEdit} edit @param {Draft} [draft] @returns {PendingEdit} */
  #enqueue(record, edit, draft) {
    this.#keeper.own(edit);
    const last = record.queue.at(-1)?.order ?? 0;
    edit.order = Math.max(this.options.now(), last + ONE_LATER);
    const seen = record.queue.filter((other) => !draft || other.local || draft.over.has(other));
    edit.over = seen.map(({ uid }) => uid);
    record.add(edit);
    this.#pump(record);
    return edit;
  }

  /** Sends the oldest edit, unless it is on its way or waits for a person (C2). @param {EntityRecord} record */
  #pump(record) {
    const [head] = record.queue;
    if (head?.state === EditState.LOCAL && this.#keeper.owns(head)) void this.#send(record, head);
    this.#changed();
  }

  /** @param {EntityRecord} record @param {PendingEdit} edit */
  async #send(record, edit) {
    if (this.#underWay.has(edit)) return;
    this.#underWay.add(edit);
    await this.#keeper.exclusively(record.key, async () => {
      const waits = edit.state === EditState.LOCAL || edit.state === EditState.UNKNOWN;
      if (waits && record.queue[0] === edit && this.#keeper.owns(edit)) await this.#deliver(record, edit);
      await this.#keeper.keep(); // the next tab has to find what became of it
    });
    this.#underWay.delete(edit);
    if (edit.state === EditState.LOCAL) this.#pump(record);
  }

  /** @param {EntityRecord} record @param {PendingEdit} edit */
  async #deliver(record, edit) {
    const outcome = await this.#sender.deliver(edit, record.key, () => this.#changed());
    this.#underWay.delete(edit);
    if (outcome === null) return;
    switch (outcome.kind) {
      case "applied":
        return this.#confirm(record, edit, outcome.body);
      case "conflict":
        return this.#conflict(record, edit, outcome.current, outcome.problem);
      case "missing":
        return this.#conflict(record, edit, null, outcome.problem);
      case "rejected":
        return this.#reject(record, edit, outcome.problem);
      default:
        edit.moveTo(EditState.UNKNOWN, outcome.problem);
        this.#changed();
    }
  }

  /** @param {EntityRecord} record @param {PendingEdit} edit @param {Entity | null} confirmed null after a delete without a body */
  #confirm(record, edit, confirmed) {
    record.queue = record.queue.filter((other) => other !== edit);
    if (edit.kind === "remove") this.#records.bury(record, confirmed ?? edit.base);
    else if (confirmed) {
      if (edit.kind === "create") this.#records.rename(record, keyOf(confirmed));
      this.#records.take(confirmed);
      record.ownVersion = confirmed.version;
      record.rebase(edit.base, confirmed, edit);
    }
    edit.made = confirmed;
    edit.moveTo(EditState.CONFIRMED);
    this.#records.forgetIfDone(record);
    this.#pump(record);
  }

  /** @param {EntityRecord} record @param {PendingEdit} edit @param {Entity | null} current @param {Problem} problem */
  #conflict(record, edit, current, problem) {
    if (edit.kind === "create") return this.#reject(record, edit, problem);
    if (current) this.#records.take(current);
    else this.#records.bury(record, record.base);
    // Somebody else deleted it too: what the person wanted is so.
    if (!current && edit.kind === "remove") return this.#confirm(record, edit, null);
    edit.conflictWith(current, problem);
    this.#changed();
    this.#call(() => this.options.onConflict(edit));
  }

  /** A conflict that waits for a person shows what is there now. */
  #renewConflicts() {
    for (const { queue: [head], base, gone } of this.#records.all()) {
      if (head?.state !== EditState.CONFLICTED || !head.conflict) continue;
      const { current, problem } = head.conflict;
      const moved = gone ? current !== null : isLater(base?.version, current?.version);
      if (moved && !(gone && head.kind === "remove")) head.conflictWith(gone ? null : base, problem);
    }
  }

  /** @param {EntityRecord} record @param {PendingEdit} edit @param {Problem} problem */
  #reject(record, edit, problem) {
    record.rejected.push(edit);
    this.#withdraw(record, edit, EditState.REJECTED, problem);
  }

  /** @param {EntityRecord} record @param {PendingEdit} edit @param {"DISCARDED" | "REJECTED"} state @param {Problem | null} problem */
  #withdraw(record, edit, state, problem) {
    // Edits of an entity that was never created have nothing left to stand on.
    const orphans = edit.kind === "create" ? record.queue.filter((other) => other !== edit) : [];
    if (state === EditState.REJECTED) record.rejected.push(...orphans);
    for (const each of [edit, ...orphans]) {
      record.drop(each);
      each.moveTo(state, problem);
      this.#sender.wake(each);
    }
    this.#records.forgetIfDone(record);
    this.#pump(record);
  }

  /** Another tab made this edit, or an earlier page left it. @param {PendingEdit} edit */
  #appear(edit) {
    const record = this.#records.of(edit.key);
    if (edit.state === EditState.REJECTED) record.rejected.push(edit);
    else record.add(edit);
    if (edit.conflict?.current) this.#records.take(edit.conflict.current);
  }

  /** Does here what another tab did with an edit. @param {PendingEdit} edit @param {import("./occ-edit.js").Snapshot} snapshot */
  #follow(edit, { state, made, problem, conflict }) {
    const record = this.#records.find(edit);
    if (!record) return;
    if (state === EditState.CONFIRMED) this.#confirm(record, edit, made);
    else if (state === EditState.DISCARDED) {
      record.rejected = record.rejected.filter((other) => other !== edit);
      this.#withdraw(record, edit, state, null);
    } else if (state === EditState.REJECTED) {
      if (!record.rejected.includes(edit)) this.#reject(record, edit, problem ?? {});
    } else if (conflict?.current) this.#records.take(conflict.current);
    else if (conflict) this.#records.bury(record, record.base);
  }

  /** It is this tab's to send now. @param {PendingEdit} edit @param {boolean} atStart */
  #inherit(edit, atStart) {
    const record = this.#records.find(edit);
    if (record) this.#pump(record);
    // Who was deciding when the page went away goes on with it.
    if (atStart && edit.state === EditState.CONFLICTED) this.#call(() => this.options.onConflict(edit));
  }

  /** @returns {Promise<WireOutcome>} */
  async #list() {
    const mark = this.#records.mark();
    const outcome = await this.#sender.read();
    if (outcome.kind !== "applied") return outcome;
    const items = this.options.items(outcome.body);
    if (!Array.isArray(items)) throw new TypeError("the collection's answer holds no list");
    const understood = items.filter(isEntity);
    if (understood.length === items.length) this.#records.takeAll(items, mark);
    else understood.forEach((entity) => this.#records.take(entity));
    this.#renewConflicts();
    this.#changed();
    const odd = items.find((item) => !isEntity(item));
    if (odd !== undefined) throw new TypeError(`${notUnderstood("").title}: ${shown(odd)}`);
    return outcome;
  }

  /** @param {string | number} key @returns {{record: EntityRecord, shown: Entity}} */
  #known(key) {
    const record = this.#records.get(String(key));
    const shown = record?.editable();
    if (!record || !shown) throw new Error(`no such entity: ${key}`);
    return { record, shown };
  }

  /** @returns {Promise<void> | undefined} when what changed is kept */
  #changed() {
    const kept = this.#keeper.keep();
    for (const listener of [...this.#listeners]) this.#call(listener);
    return kept;
  }

  /** A listener that throws must not stop the sending. @param {() => void} listener */
  #call(listener) {
    try {
      listener();
    } catch (error) {
      this.options.onError(error);
    }
  }
}

/** @param {any} value @returns {string} enough of it to know it by */
function shown(value) {
  return String(JSON.stringify(value)).slice(0, 200);
}
