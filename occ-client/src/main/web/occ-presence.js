/**
 * Who else is editing what just now, over the stream of occ-live.js: people see each other before
 * they collide. A courtesy, which protects nothing. Optional, and loaded apart.
 *
 *     const presence = new Presence(live, { url: "/presence", onChange: render });
 *     presence.enter("42");                 // the form on 42 is open
 *     presence.others("42");                // ["Berta"]
 *     presence.leave("42");
 *
 * The page says every few seconds where it is (`POST url/key`, and `DELETE` when it leaves); the server, with
 * `org.occ4j.http.Presence`, forgets who is not heard of.
 *
 * @module occ-presence
 */

/** @typedef {import("./occ-live.js").LiveChanges} LiveChanges */

/**
 * @typedef {Object} PresenceOptions
 * @property {string} url
 * @property {() => Record<string, string>} [headers] read anew for each request
 * @property {(who: string) => boolean} [isMe] whose name is not to be told; nobody's, if left out
 * @property {() => void} [onChange]
 * @property {(url: string, init: any) => Promise<Response>} [fetch]
 */

/** A third of the time after which the server forgets. */
const AGAIN_MILLIS = 5_000;

export class Presence {
  /** @type {Record<string, string[]>} */ #there = {};
  /** Where this page is. @type {Map<string, number>} */ #here = new Map();

  /** @param {LiveChanges} live @param {PresenceOptions} options */
  constructor(live, options) {
    this.live = live;
    this.options = options;
    live.on("presence", (there) => {
      this.#there = there;
      options.onChange?.();
    });
  }

  /** Who else is at it; nobody while that is not known. @param {string} key @returns {string[]} */
  others(key) {
    const names = this.live.connected && Object.hasOwn(this.#there, key) ? this.#there[key] : [];
    return names.filter((who) => !this.options.isMe?.(who));
  }

  /** This page is at it, until it leaves. @param {string} key */
  enter(key) {
    if (this.#here.has(key)) return;
    this.#here.set(key, window.setInterval(() => this.#say("POST", key), AGAIN_MILLIS));
    this.#say("POST", key);
  }

  /** @param {string} key */
  leave(key) {
    if (!this.#here.has(key)) return;
    clearInterval(this.#here.get(key));
    this.#here.delete(key);
    this.#say("DELETE", key);
  }

  /** @param {"POST" | "DELETE"} method @param {string} key */
  #say(method, key) {
    const { url, headers, fetch = (address, init) => globalThis.fetch(address, init) } = this.options;
    // Without an answer others see a little less; the next one is soon.
    fetch(`${url}/${encodeURIComponent(key)}`, { method, headers: headers?.() ?? {} }).catch(() => {});
  }
}
