/**
 * Carries one pending edit to the server and keeps at it until there is an outcome to act on:
 * resends the same request after a lost answer, and waits while another sending of the same
 * mutation is being worked on. Every kind of waiting is bounded. Used by occ-client.js.
 *
 * @module occ-sender
 */

import { EditState } from "./occ-edit.js";
import { isEntity, keyOf } from "./occ-entity.js";
import { exchange, notUnderstood } from "./occ-http.js";

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
    const { url, user } = this.options;
    const target = key === undefined ? url : address(url, key);
    const outcome = await this.#exchange({ method: "GET", url: target, headers: {} }, user());
    if (key === undefined || outcome.kind !== "applied" || isAbout(outcome.body, key)) return outcome;
    return { kind: "not-understood", problem: notUnderstood(`to GET ${target}`) };
  }

  /**
   * Sends the edit until there is an outcome that is worth acting on, or the limits are used up;
   * then the last `network`, `unavailable` or `in-flight` outcome comes back.
   * @param {PendingEdit} edit
   * @param {string} key
   * @param {() => Promise<void> | undefined} changed called when the edit's state or waiting changed; awaited before anything
   *     is sent, for what is on the wire has to be on disk
   * @returns {Promise<WireOutcome | null>} null: the edit was discarded meanwhile, or another tab took it
   */
  async deliver(edit, key, changed) {
    edit.request ??= this.#mint(edit, key);
    const request = edit.request;
    const abandoned = () => edit.request !== request || edit.state !== EditState.SENDING;
    edit.moveTo(EditState.SENDING);
    const kept = changed();
    if (kept) await kept;
    for (let failures = 0, waits = 0; ;) {
      if (abandoned()) return null;
      const outcome = await this.#send(request, edit, key);
      if (abandoned()) return null;
      edit.inDoubt ||= mayHaveBeenDone(outcome);
      const pause = this.#pause(outcome, outcome.kind === "in-flight" ? ++waits : ++failures);
      if (pause === null) return outcome;
      edit.waiting = { reason: /** @type {any} */ (outcome.kind), millis: pause };
      changed();
      await this.#sleep(edit, pause);
      if (abandoned()) return null;
      edit.waiting = null;
      changed();
    }
  }

  /** Ends the edit's pause, if it is in one. @param {PendingEdit} edit */
  wake(edit) {
    this.#wakers.get(edit)?.();
  }

  /** @param {WireRequest} request @param {PendingEdit} edit @param {string} key @returns {Promise<WireOutcome>} */
  async #send(request, edit, key) {
    const outcome = await this.#exchange(request, edit.user);
    const wanted = edit.kind === "create" ? undefined : key;
    switch (outcome.kind) {
      case "applied":
        return edit.kind === "remove" ? removed(outcome, key) : sound(outcome, outcome.body, wanted);
      case "conflict":
        if (outcome.current === null || isAbout(outcome.current, wanted)) return outcome;
        return { kind: "rejected", certain: true, problem: notUnderstood("the state in a conflict") };
      case "missing":
      case "rejected":
        // A gateway's 401 says nothing about a sending whose answer was lost before.
        return edit.inDoubt && !outcome.certain ? { kind: "unresolved", problem: outcome.problem } : outcome;
      default:
        return outcome;
    }
  }

  /** Headers are read anew for each sending, as tokens expire. @param {WireRequest} request @param {string | undefined} user @returns {Promise<WireOutcome>} */
  async #exchange(request, user) {
    try {
      const given = Object.entries(this.options.headers(user)).filter(([name]) => !PROTOCOL.test(name));
      const headers = { ...ACCEPT, ...Object.fromEntries(given), ...request.headers };
      return await exchange({ ...request, headers }, this.options);
    } catch (cause) {
      return { kind: "network", problem: { title: "The request could not be made" }, cause };
    }
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
   * The request is fixed here: the server knows a mutation by its id and compares payloads, so a
   * resend must not differ in them. The patch comes first, so that it can override nothing.
   * @param {PendingEdit} edit @param {string} key @returns {WireRequest}
   */
  #mint(edit, key) {
    const id = edit.mutationId;
    const { url } = this.options;
    const version = edit.base?.version;
    switch (edit.kind) {
      case "create": {
        const body = JSON.stringify({ ...edit.patch, clientMutationId: id });
        return { method: "POST", url, headers: JSON_BODY, body };
      }
      case "update": {
        const body = JSON.stringify({ ...edit.patch, clientMutationId: id, version });
        // Without a version it is to be made again, under its own id, if it is not there.
        const headers = version === undefined ? { ...JSON_BODY, "If-None-Match": "*" } : JSON_BODY;
        return { method: "PUT", url: address(url, key), headers, body };
      }
      default: {
        const headers = { "If-Match": `"${version}"`, "Idempotency-Key": id };
        return { method: "DELETE", url: address(url, key), headers };
      }
    }
  }
}

const ACCEPT = Object.freeze({ Accept: "application/json, application/problem+json" });
const JSON_BODY = Object.freeze({ "Content-Type": "application/json" });

/** Headers in which the protocol speaks; a page cannot set them, in no spelling. */
const PROTOCOL = /^(content-type|if-match|if-none-match|idempotency-key)$/i;

/** @param {string} url @param {string} key */
function address(url, key) {
  return `${url}/${encodeURIComponent(key)}`;
}

/** @param {any} body @param {string} [key] @returns {boolean} whether it is an entity, and the one with this key */
function isAbout(body, key) {
  return isEntity(body) && (key === undefined || keyOf(body) === key);
}

/**
 * A success whose state cannot be read is told as such; sending it again would get the same.
 * @param {WireOutcome} outcome @param {any} body @param {string} [key] @returns {WireOutcome}
 */
function sound(outcome, body, key) {
  if (isAbout(body, key)) return outcome;
  return { kind: "not-understood", problem: notUnderstood("the state in a success") };
}

/**
 * A deletion need not have anything to show for itself.
 * @param {Extract<WireOutcome, {kind: "applied"}>} outcome @param {string} key @returns {WireOutcome}
 */
function removed(outcome, key) {
  const { body } = outcome;
  if (body === null || (typeof body === "object" && keyOf(body) === key && !isEntity(body))) {
    return { ...outcome, body: null };
  }
  return sound(outcome, body, key);
}

/** Whether the mutation may have been carried out although the answer does not say so. @param {WireOutcome} outcome @returns {boolean} */
function mayHaveBeenDone(outcome) {
  switch (outcome.kind) {
    case "network":
    case "in-flight":
    case "unresolved":
    case "not-understood":
      return true;
    case "unavailable":
      return !outcome.certain;
    default:
      return false;
  }
}
