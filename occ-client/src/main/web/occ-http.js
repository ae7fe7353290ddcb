/**
 * The wire of a versioned resource, as seen by a client: one HTTP exchange in, one outcome out.
 * An outcome says what the client may conclude, not which status happened to carry it; in
 * particular "refused" (nothing was changed) is never confused with "no answer" (anything may have
 * happened, so only a resend of the same mutation id is safe).
 *
 * @module occ-http
 */

import { readJson } from "./occ-entity.js";

/**
 * A request that can be sent again byte for byte. That matters: the server compares a resent
 * mutation id with the payload it saw first.
 * @typedef {Object} WireRequest
 * @property {string} method
 * @property {string} url
 * @property {Record<string, string>} headers
 * @property {string} [body]
 */

/**
 * An RFC 9457 problem document; members beyond these depend on its type.
 * @typedef {{type?: string, title?: string, status?: number, detail?: string, [member: string]: any}} Problem
 */

/**
 * - `applied`: done; `body` is the answer's JSON, null when it had none
 * - `conflict`: refused, the expected version is gone; `current` is the state now, null = deleted
 * - `in-flight`: the same mutation is being worked on; ask again after `retryAfterMillis`
 * - `unavailable`: the server could not say; resend after `retryAfterMillis` or when it suits
 * - `network`: no readable answer came back; the mutation may or may not have happened
 * - `unresolved`: the server itself does not know whether an effect of the mutation happened
 * - `missing`: there is no such entity
 * - `rejected`: refused for good, with the reason in `problem`
 * - `not-understood`: an answer came, in JSON, and says nothing that a client of this contract can use
 *
 * `certain` tells whether the answer is one of this contract, so that it also settles what became of
 * an earlier sending. What a proxy, a login page or another service says settles nothing.
 * @typedef {{kind: "applied", body: any, replayed: boolean}
 *   | {kind: "conflict", current: any, problem: Problem}
 *   | {kind: "in-flight", retryAfterMillis: number, problem: Problem}
 *   | {kind: "unavailable", retryAfterMillis: number, certain: boolean, problem: Problem}
 *   | {kind: "network", problem: Problem, cause: unknown}
 *   | {kind: "missing" | "rejected", certain: boolean, problem: Problem}
 *   | {kind: "unresolved" | "not-understood", problem: Problem}} WireOutcome
 */

/**
 * The platform as this module needs it; a test puts its own in.
 * @typedef {Object} Platform
 * @property {(url: string, init: any) => Promise<Response>} fetch
 * @property {(action: () => void, millis: number) => any} setTimeout
 * @property {(handle: any) => void} clearTimeout
 * @property {number} timeoutMillis how long one exchange may take before it counts as `network`
 * @property {() => number} now milliseconds since 1970
 * @property {(name: string, value: any) => any} [revive] as of JSON.parse
 */

export const Problems = Object.freeze({
  CONFLICT: "urn:occ4j:conflict",
  IN_FLIGHT: "urn:occ4j:in-flight",
  UNAVAILABLE: "urn:occ4j:unavailable",
  CAPACITY: "urn:occ4j:capacity",
  UNRESOLVED: "urn:occ4j:unresolved",
  /** Not on the wire: what this client says of an answer. */
  NOT_UNDERSTOOD: "urn:occ4j-client:not-understood",
});

const OURS = /^urn:occ4j:/;

/** A server may ask for any pause; nobody watching a page should wait longer than this for one. */
const MAX_RETRY_AFTER_MILLIS = 60_000;

/**
 * Sends the request once. Never throws: whatever goes wrong is an outcome.
 * @param {WireRequest} request
 * @param {Platform} platform
 * @returns {Promise<WireOutcome>}
 */
export async function exchange(request, platform) {
  const abort = new AbortController();
  const timeout = platform.setTimeout(() => abort.abort(), platform.timeoutMillis);
  try {
    const { url, ...init } = request;
    const response = await platform.fetch(url, { ...init, cache: "no-store", signal: abort.signal });
    // The body can be cut off too, so reading it stays inside the try: a half answer is no answer.
    const text = await response.text();
    return response.ok ? success(response, text, platform) : refusal(response, text, platform);
  } catch (cause) {
    return { kind: "network", problem: { title: "No answer from the server" }, cause };
  } finally {
    platform.clearTimeout(timeout);
  }
}

/**
 * Says that an answer came and could not be used.
 * @param {string} detail @returns {Problem}
 */
export function notUnderstood(detail) {
  return { type: Problems.NOT_UNDERSTOOD, title: "The server's answer was not understood", detail };
}

/**
 * @param {Response} response
 * @param {string} text
 * @param {Platform} platform
 * @returns {WireOutcome}
 */
function success(response, text, { revive }) {
  const body = text === "" ? null : readJson(text, revive);
  return { kind: "applied", body, replayed: response.headers.get("Idempotency-Replayed") === "true" };
}

/**
 * @param {Response} response
 * @param {string} text
 * @param {Platform} platform
 * @returns {WireOutcome}
 */
function refusal(response, text, platform) {
  const problem = problemOf(response, text, platform);
  const type = typeof problem.type === "string" ? problem.type : "";
  const retryAfterMillis = retryAfter(response.headers, platform.now());
  switch (type) {
    case Problems.CONFLICT:
      // Without "current" there is nothing to show or merge; that is not our conflict contract.
      return problem.current === undefined
        ? { kind: "rejected", certain: true, problem }
        : { kind: "conflict", current: problem.current, problem };
    case Problems.IN_FLIGHT:
      return { kind: "in-flight", retryAfterMillis, problem };
    case Problems.UNRESOLVED:
      return { kind: "unresolved", problem };
  }
  const { status } = response;
  const nothingDone = type === Problems.UNAVAILABLE || type === Problems.CAPACITY;
  if (nothingDone || status >= 500 || status === 429 || status === 408) {
    return { kind: "unavailable", retryAfterMillis, certain: nothingDone, problem };
  }
  // A 404 of a proxy or of a wrong address is not the service's word that an entity is gone.
  const missing = (status === 404 || status === 410) && type !== "" && type !== "about:blank";
  return { kind: missing ? "missing" : "rejected", certain: OURS.test(type), problem };
}

/**
 * @param {Response} response
 * @param {string} text
 * @param {Platform} platform
 * @returns {Problem}
 */
function problemOf(response, text, { revive }) {
  const fallback = { title: `HTTP ${response.status}`, status: response.status };
  try {
    const body = readJson(text, revive);
    return body !== null && typeof body === "object" ? { ...fallback, ...body } : fallback;
  } catch {
    // A proxy's HTML page in place of a problem document: the status still says enough.
    return fallback;
  }
}

/** The three forms of an HTTP date (RFC 9110, section 5.6.7); the last one names no zone and means GMT. */
const HTTP_DATE = /^[A-Z][a-z]+, .* GMT$/;
const ASCTIME = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/;

/**
 * How long the server asks to wait, in seconds or until a date. A date is read by the server's own
 * clock where it tells that, since the one here may be wrong by hours.
 * @param {Headers} headers @param {number} now
 * @returns {number} milliseconds; 0 when it did not ask for a pause that can be understood
 */
function retryAfter(headers, now) {
  const value = (headers.get("Retry-After") ?? "").trim();
  const until = httpDate(value);
  const millis = /^\d+$/.test(value) ? Number(value) * 1000 : until - (httpDate(headers.get("Date")) || now);
  return millis > 0 ? Math.min(millis, MAX_RETRY_AFTER_MILLIS) : 0;
}

/** @param {string | null} text @returns {number} milliseconds since 1970, NaN for anything else */
function httpDate(text) {
  const value = text?.trim() ?? "";
  if (ASCTIME.test(value)) return Date.parse(`${value} GMT`);
  return HTTP_DATE.test(value) ? Date.parse(value) : NaN;
}
