/**
 * Carries one pending edit to the server and keeps at it until there is an outcome to act on:
 * resends the same request after a lost answer, and waits while another sending of the same
 * mutation is being worked on. Every kind of waiting is bounded. Used by occ-client.js.
 *
 * @module occ-sender
 */

import { EditState } from "./occ-edit.js";
import { exchange } from "./occ-http.js";

/** @typedef {import("./occ-edit.js").PendingEdit} PendingEdit */
/** @typedef {import("./occ-http.js").WireRequest} WireRequest */
/** @typedef {import("./occ-http.js").WireOutcome} WireOutcome */
/** @typedef {import("./occ-options.js").Options} Options */

export class Sender {
  /** Ends the pause of an edit that waits to be resent. @type {Map<PendingEdit, () => void>} */ #wakers =
    new Map();

  /** @param {Options} options */
  constructor(options) {
    this.options = options;
  }

  /** Reads the collection, or one entity of it. @param {string} [key] @returns {Promise<WireOutcome>} */
  async read(key) {
    const { url, headers } = this.options;
    const target = key === undefined ? url : address(url, key);
    const outcome = await exchange(
      { method: "GET", url: target, headers: { ...ACCEPT, ...headers() } },
      this.options,
    );
    return key !== undefined && outcome.kind === "applied"
      ? readable(outcome, isEntity(outcome.body))
      : outcome;
  }

  /**
   * Sends the edit until there is an outcome that is worth acting on, or the limits are used up;
   * then the last `network`, `unavailable` or `in-flight` outcome comes back.
   * @param {PendingEdit} edit
   * @param {string} key
   * @param {() => void} changed called when the edit's state or waiting changed
   * @returns {Promise<{outcome: WireOutcome, abandoned: boolean}>} abandoned: the edit was discarded meanwhile
   */
  async deliver(edit, key, changed) {
    edit.request ??= this.#mint(edit, key);
    const request = edit.request;
    const abandoned = () => edit.request !== request || edit.state !== EditState.SENDING;
    edit.moveTo(EditState.SENDING);
    changed();
    for (let failures = 0, waits = 0; ;) {
      const outcome = await this.#send(request, edit);
      if (abandoned()) return { outcome, abandoned: true };
      const pause = this.#pause(outcome, outcome.kind === "in-flight" ? ++waits : ++failures);
      if (pause === null) return { outcome, abandoned: false };
      edit.waiting = { reason: /** @type {any} */ (outcome.kind), millis: pause };
      changed();
      await this.#sleep(edit, pause);
      if (abandoned()) return { outcome, abandoned: true };
      edit.waiting = null;
      changed();
    }
  }

  /** Ends the edit's pause, if it is in one. @param {PendingEdit} edit */
  wake(edit) {
    this.#wakers.get(edit)?.();
  }

  /** @param {WireRequest} request @param {PendingEdit} edit @returns {Promise<WireOutcome>} */
  async #send(request, edit) {
    const outcome = await exchange(request, this.options);
    if (outcome.kind !== "applied") return outcome;
    if (isEntity(outcome.body)) return outcome;
    // A deletion has nothing to show for itself: whatever stands in the answer, it is done.
    return edit.kind === "remove" ? { ...outcome, body: null } : readable(outcome, false);
  }

  /**
   * How long to wait before the same request is sent again.
   * @param {WireOutcome} outcome
   * @param {number} count of such outcomes so far
   * @returns {number | null} null: do not send it again
   */
  #pause(outcome, count) {
    const { attempts, baseMillis, maximumMillis, inFlightWaits, inFlightMillis } = this.options.retry;
    switch (outcome.kind) {
      case "in-flight":
        return count > inFlightWaits ? null : outcome.retryAfterMillis || inFlightMillis;
      case "network":
      case "unavailable": {
        if (count >= attempts) return null;
        const backoff = Math.min(baseMillis * 2 ** (count - 1), maximumMillis);
        // Half of it is random, so that pages which lost the server together do not return together.
        const jittered = (backoff / 2) * (1 + this.options.random());
        return Math.max(jittered, outcome.kind === "unavailable" ? outcome.retryAfterMillis : 0);
      }
      default:
        return null;
    }
  }

  /** @param {PendingEdit} edit @param {number} millis @returns {Promise<void>} */
  async #sleep(edit, millis) {
    await new Promise((resolve) => {
      const handle = this.options.setTimeout(() => resolve(undefined), millis);
      this.#wakers.set(edit, () => {
        this.options.clearTimeout(handle);
        resolve(undefined);
      });
    });
    this.#wakers.delete(edit);
  }

  /**
   * The request is fixed here, user header included: the server knows a mutation by its id and its
   * user, and compares payloads, so a resend must not differ in any of them.
   * @param {PendingEdit} edit @param {string} key @returns {WireRequest}
   */
  #mint(edit, key) {
    const id = (edit.mutationId = this.options.uuid());
    const { url } = this.options;
    const headers = { ...ACCEPT, ...this.options.headers() };
    const json = { ...headers, "Content-Type": "application/json" };
    const version = edit.base?.version;
    switch (edit.kind) {
      case "create":
        return {
          method: "POST",
          url,
          headers: json,
          body: JSON.stringify({ clientMutationId: id, ...edit.patch }),
        };
      case "update": {
        const body = JSON.stringify({ clientMutationId: id, version, ...edit.patch });
        return { method: "PUT", url: address(url, key), headers: json, body };
      }
      default: {
        const conditions = { "If-Match": `"${version}"`, "Idempotency-Key": id };
        return { method: "DELETE", url: address(url, key), headers: { ...headers, ...conditions } };
      }
    }
  }
}

const ACCEPT = Object.freeze({ Accept: "application/json, application/problem+json" });

/** @param {string} url @param {string} key */
function address(url, key) {
  return `${url}/${encodeURIComponent(key)}`;
}

/** @param {any} body @returns {boolean} whether it is an entity whose version JavaScript can hold exactly */
export function isEntity(body) {
  return typeof body?.id === "string" && Number.isSafeInteger(body.version);
}

/**
 * A success that cannot be read is no answer: the same request, sent again, gets a readable one.
 * @param {WireOutcome} outcome @param {boolean} sound @returns {WireOutcome}
 */
function readable(outcome, sound) {
  if (sound) return outcome;
  return { kind: "network", problem: { title: "The answer could not be read" }, cause: null };
}
