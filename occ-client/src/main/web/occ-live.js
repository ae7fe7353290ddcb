/**
 * Other people's changes without asking again and again: follows a `text/event-stream`, as
 * `org.occ4j.http.EventStream` writes it, and has the client read what was changed. Optional, and
 * loaded apart.
 *
 *     const live = new LiveChanges(client, { url: "/events", source: "task" });
 *     setInterval(() => live.connected || client.sync(), 5_000); // no EventSource, or it fails
 *
 * L1  What was changed is read until it was read: no news is lost to a request that fails.
 * L2  After a cut the browser says what it has seen and is told the rest; where the server cannot
 *     know that (`missed`), everything is read anew.
 * L3  A page that nobody looks at gives its connection up: over HTTP/1.1 a browser has six for a
 *     server, for all tabs together.
 *
 * Not promised: that a connection which died without a word is noticed soon. A page that stays open
 * for hours should `sync` now and then all the same.
 *
 * @module occ-live
 */

import { isLater } from "./occ-entity.js";

/** @typedef {import("./occ-client.js").OptimisticClient} OptimisticClient */

/**
 * @typedef {Object} LiveOptions
 * @property {string} url where the stream is served
 * @property {string} [source] the store whose changes count; all, if left out
 * @property {(connected: boolean) => void} [onConnected] called when that changes
 * @property {(error: unknown) => void} [onError] what the server said was not understood
 */

/** After an answer that is no stream the browser does not come back by itself. */
const REOPEN_MILLIS = 15_000;
/** Pause after a reading that failed; doubles up to the other. */
const RETRY_MILLIS = 500;
const MOST_RETRY_MILLIS = 15_000;
/** Above so many changed entities one listing is less than reading each. */
const MOST_ONE_BY_ONE = 10;

export class LiveChanges {
  /** @type {EventSource | null} */ #stream = null;
  /** @type {Map<string, (data: any) => void>} */ #listeners = new Map();
  /** What is to be read. @type {Set<string>} */ #keys = new Set();
  #all = false;
  #reading = false;
  #connected = false;
  #closed = false;
  #visibility = () => (document.visibilityState === "hidden" ? this.#leave() : this.#open());

  /** Begins at once. @param {OptimisticClient} client @param {LiveOptions} options */
  constructor(client, options) {
    this.client = client;
    this.options = options;
    document.addEventListener("visibilitychange", this.#visibility);
    this.#open();
  }

  /** Whether changes are being told, so that asking for them is not needed. @returns {boolean} */
  get connected() {
    return this.#connected;
  }

  /** Hears an event of the application's, such as presence. @param {string} event @param {(data: any) => void} listener gets the JSON */
  on(event, listener) {
    this.#listeners.set(event, listener);
    this.#hear(event, listener);
  }

  /** Ends it. */
  close() {
    this.#closed = true;
    document.removeEventListener("visibilitychange", this.#visibility);
    this.#leave();
  }

  #open() {
    if (this.#closed || this.#stream || document.visibilityState === "hidden" || !("EventSource" in globalThis)) return;
    const stream = (this.#stream = new EventSource(this.options.url));
    stream.addEventListener("open", () => this.#connect(true));
    stream.addEventListener("error", () => {
      this.#connect(false);
      if (stream.readyState !== EventSource.CLOSED || this.#stream !== stream) return;
      this.#stream = null;
      setTimeout(() => this.#open(), REOPEN_MILLIS);
    });
    stream.addEventListener("missed", () => this.#read([], true));
    this.#hear("change", (change) => this.#note(change));
    this.#listeners.forEach((listener, event) => this.#hear(event, listener));
  }

  #leave() {
    this.#stream?.close();
    this.#stream = null;
    this.#connect(false);
  }

  /** @param {boolean} connected */
  #connect(connected) {
    if (this.#connected === connected) return;
    this.#connected = connected;
    this.options.onConnected?.(connected);
  }

  /** @param {string} event @param {(data: any) => void} listener */
  #hear(event, listener) {
    this.#stream?.addEventListener(event, ({ data }) => {
      try {
        listener(JSON.parse(data));
      } catch (error) {
        this.#fail(error);
      }
    });
  }

  /** @param {{source: string, kind: string, key: string, version: number}} change */
  #note({ source, kind, key, version }) {
    if (this.options.source !== undefined && source !== this.options.source) return;
    // The own edits of this page, for one. A deletion tells the version that was deleted.
    if (kind !== "delete" && !isLater(version, this.client.view(key)?.confirmed?.version)) return;
    void this.#read([key], false);
  }

  /** @param {string[]} keys @param {boolean} all */
  async #read(keys, all) {
    this.#want(keys, all);
    if (this.#reading) return;
    this.#reading = true;
    let pause = RETRY_MILLIS;
    while (!this.#closed && (this.#all || this.#keys.size > 0)) {
      if (await this.#readOnce()) {
        pause = RETRY_MILLIS;
        continue;
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
      pause = Math.min(2 * pause, MOST_RETRY_MILLIS);
    }
    this.#reading = false;
  }

  /** @param {string[]} keys @param {boolean} all */
  #want(keys, all) {
    this.#all ||= all;
    keys.forEach((key) => this.#keys.add(key));
  }

  /** @returns {Promise<boolean>} whether the server answered */
  async #readOnce() {
    const keys = [...this.#keys];
    const all = this.#all || keys.length > MOST_ONE_BY_ONE;
    this.#keys.clear();
    this.#all = false;
    try {
      const outcomes = all ? [await this.client.sync({ anew: true })] : await Promise.all(keys.map((key) => this.client.refresh(key)));
      const read = outcomes.map(({ kind }) => kind === "applied" || kind === "missing");
      this.#want(keys.filter((_, at) => !all && !read[at]), all && !read[0]);
      return !read.includes(false);
    } catch (error) {
      this.#fail(error); // asking again would get the same
      return true;
    }
  }

  /** @param {unknown} error */
  #fail(error) {
    (this.options.onError ?? console.error)(error);
  }
}
