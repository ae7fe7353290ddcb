/**
 * The wire of a versioned resource, as seen by a client: one HTTP exchange in, one outcome out.
 * An outcome says what the client may conclude, not which status happened to carry it; in
 * particular "refused" (nothing was changed) is never confused with "no answer" (anything may have
 * happened, so only a resend of the same mutation id is safe).
 *
 * @module occ-http
 */

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
 * @typedef {{kind: "applied", body: any, replayed: boolean}
 *   | {kind: "conflict", current: any, problem: Problem}
 *   | {kind: "in-flight" | "unavailable", retryAfterMillis: number, problem: Problem}
 *   | {kind: "network", problem: Problem, cause: unknown}
 *   | {kind: "unresolved" | "missing" | "rejected", problem: Problem}} WireOutcome
 */

/**
 * The platform as this module needs it; a test puts its own in.
 * @typedef {Object} Platform
 * @property {(url: string, init: any) => Promise<Response>} fetch
 * @property {(action: () => void, millis: number) => any} setTimeout
 * @property {(handle: any) => void} clearTimeout
 * @property {number} timeoutMillis how long one exchange may take before it counts as `network`
 */

export const Problems = Object.freeze({
  CONFLICT: "urn:occ4j:conflict",
  IN_FLIGHT: "urn:occ4j:in-flight",
  UNAVAILABLE: "urn:occ4j:unavailable",
  UNRESOLVED: "urn:occ4j:unresolved",
});

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
    return response.ok ? success(response, text) : refusal(response, text);
  } catch (cause) {
    return { kind: "network", problem: { title: "No answer from the server" }, cause };
  } finally {
    platform.clearTimeout(timeout);
  }
}

/**
 * @param {Response} response
 * @param {string} text
 * @returns {WireOutcome}
 */
function success(response, text) {
  const body = text === "" ? null : JSON.parse(text);
  return { kind: "applied", body, replayed: response.headers.get("Idempotency-Replayed") === "true" };
}

/**
 * @param {Response} response
 * @param {string} text
 * @returns {WireOutcome}
 */
function refusal(response, text) {
  const problem = problemOf(response, text);
  switch (problem.type) {
    case Problems.CONFLICT:
      // Without "current" there is nothing to show or merge; that is not our conflict contract.
      return problem.current === undefined
        ? { kind: "rejected", problem }
        : { kind: "conflict", current: problem.current, problem };
    case Problems.IN_FLIGHT:
      return { kind: "in-flight", retryAfterMillis: retryAfter(response), problem };
    case Problems.UNRESOLVED:
      return { kind: "unresolved", problem };
  }
  const status = response.status;
  if (problem.type === Problems.UNAVAILABLE || status >= 500 || status === 429 || status === 408) {
    return { kind: "unavailable", retryAfterMillis: retryAfter(response), problem };
  }
  return { kind: status === 404 || status === 410 ? "missing" : "rejected", problem };
}

/**
 * @param {Response} response
 * @param {string} text
 * @returns {Problem}
 */
function problemOf(response, text) {
  const fallback = { title: `HTTP ${response.status}`, status: response.status };
  try {
    const body = JSON.parse(text);
    return body !== null && typeof body === "object" ? { ...fallback, ...body } : fallback;
  } catch {
    // A proxy's HTML page in place of a problem document: the status still says enough.
    return fallback;
  }
}

/**
 * @param {Response} response
 * @returns {number} milliseconds; 0 when the server did not ask for a pause in seconds
 */
function retryAfter(response) {
  const seconds = Number(response.headers.get("Retry-After") ?? 0);
  return seconds > 0 ? Math.min(seconds * 1000, MAX_RETRY_AFTER_MILLIS) : 0;
}
