/**
 * A browser with tabs, without the browser: a disk, locks and a channel that its tabs share. A tab can
 * be killed at any moment; from then on nothing that it does reaches anybody.
 */
import { OptimisticClient } from "../../main/web/occ-client.js";
import { settle } from "./scripted-server.mjs";

/** Of all browsers, as ids are. */
let tabs = 0;

export class Browser {
  disk = new Map();
  /** What the disk does not have yet, and a page that goes away leaves all the same. */ staged = new Map();
  tabs = new Set();
  /** Who holds, and who waits for, each lock. */ #locks = new Map();
  /** Set it to hold back what is written. */ slow = Promise.resolve();
  writings = 0;

  /** Opens a page with a client on it. */
  async tab(server, options = {}) {
    const tab = new Tab(`tab${++tabs}`, this, server, options);
    this.tabs.add(tab);
    await tab.client.restored;
    return tab;
  }

  snapshots() {
    const left = new Map([...this.disk, ...this.staged]);
    return [...left.values()].map((text) => JSON.parse(text)).sort((a, b) => a.order - b.order);
  }

  async lock(name, action) {
    const before = this.#locks.get(name) ?? Promise.resolve();
    const held = before.then(action);
    this.#locks.set(name, held.catch(() => {}));
    return held;
  }
}

class Tab {
  alive = true;
  trouble = null;
  conflicts = [];
  #listener;
  #died = [];

  constructor(name, browser, server, options) {
    this.tab = name;
    this.browser = browser;
    const never = new Promise(() => {});
    let ids = 0;
    this.client = new OptimisticClient({
      url: "/tasks",
      journal: this,
      fetch: async (url, init) => {
        if (!this.alive) return never;
        const answer = await server.fetch(url, init);
        return this.alive ? answer : never;
      },
      uuid: () => `${name}-${++ids}`,
      random: () => 0,
      onConflict: (edit) => this.conflicts.push(edit),
      ...options,
    });
  }

  /** The page goes away, whatever it was doing. What it left goes to another one that is open. */
  async kill() {
    this.alive = false;
    this.browser.tabs.delete(this);
    this.#died.forEach((release) => release());
    const [heir] = this.browser.tabs;
    heir?.inherit();
    await settle();
  }

  inherit() {
    const living = new Set([...this.browser.tabs].map(({ tab }) => tab));
    this.#listener?.adopt(this.browser.snapshots().filter(({ tab }) => !living.has(tab)));
  }

  // As a journal.

  async open(listener) {
    this.#listener = listener;
    await null;
    this.browser.tabs.add(this);
    listener.heard(this.browser.snapshots());
    this.inherit();
  }

  async save(snapshots) {
    const texts = snapshots.map((each) => JSON.stringify(each));
    const { staged } = this.browser;
    if (this.alive) snapshots.forEach(({ uid }, at) => staged.set(uid, texts[at]));
    await this.browser.slow;
    if (!this.alive) return;
    snapshots.forEach(({ uid }, at) => staged.get(uid) === texts[at] && staged.delete(uid));
    this.browser.writings++;
    for (const text of texts) {
      const { uid, state } = JSON.parse(text);
      if (state === "CONFIRMED" || state === "DISCARDED") this.browser.disk.delete(uid);
      else this.browser.disk.set(uid, text);
    }
    for (const other of this.browser.tabs) {
      if (other !== this) other.#listener?.heard(texts.map((text) => JSON.parse(text)));
    }
  }

  exclusively(key, action) {
    if (!this.alive) return new Promise(() => {});
    const died = new Promise((resolve) => this.#died.push(resolve));
    return this.browser.lock(key, () => Promise.race([died, this.alive ? action() : died]));
  }

  close() {}
}
