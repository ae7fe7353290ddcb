/**
 * Tells the tabs of one browser which versions they wrote, so that a person without a name is not
 * told that somebody else did. Where browsers offer no channel, nobody is told anything.
 *
 * @module own-tabs
 */

/** @typedef {import("/webjars/occ4j/occ-client.js").View} View */
/** @typedef {import("/webjars/occ4j/occ-client.js").Entity} Entity */

/** Old ones matter to nobody: a state is asked about while it is the newest. */
const REMEMBERED = 1_000;

export class OwnTabs {
  /** @type {Set<string>} */ #wrote = new Set();
  #channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("occ4j.own-versions") : null;

  constructor() {
    this.#channel?.addEventListener("message", ({ data }) => this.#remember(String(data)));
  }

  /** Tells the other tabs what this one wrote. @param {View} view */
  tell({ key, ownVersion }) {
    const state = `${key} ${ownVersion}`;
    if (ownVersion === 0 || this.#wrote.has(state)) return;
    this.#remember(state);
    this.#channel?.postMessage(state);
  }

  /** @param {Entity} entity @returns {boolean} whether a tab of this browser wrote this state */
  wrote({ id, version }) {
    return this.#wrote.has(`${id} ${version}`);
  }

  /** @param {string} state */
  #remember(state) {
    this.#wrote.add(state);
    if (this.#wrote.size > REMEMBERED) this.#wrote.delete([...this.#wrote][0]);
  }
}
