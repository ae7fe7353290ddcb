/**
 * What an application can tell the client, and what holds where it says nothing.
 *
 * @module occ-options
 */

/** @typedef {import("./occ-edit.js").Entity} Entity */
/** @typedef {import("./occ-edit.js").PendingEdit} PendingEdit */

/**
 * @typedef {Object} RetryLimits
 * @property {number} attempts sendings without an answer before the outcome is given up as unknown
 * @property {number} baseMillis pause after the first failure; doubles with each further one
 * @property {number} maximumMillis longest such pause
 * @property {number} inFlightWaits times to wait for another sending of the same mutation to end
 * @property {number} inFlightMillis pause before asking again when the server names none
 */

/**
 * @typedef {Object} ClientOptions
 * @property {string} url the collection; an entity lies at `url/id`
 * @property {(body: any) => Entity[]} [items] finds the entities in the collection's answer
 * @property {() => Record<string, string>} [headers] sent with each request; an edit keeps those of its first sending
 * @property {(edit: PendingEdit) => void} [onConflict] called each time an edit becomes CONFLICTED
 * @property {(error: unknown) => void} [onError] gets what a listener threw
 * @property {readonly string[]} [serverFields] fields that only the server writes, left out of comparisons
 * @property {Partial<RetryLimits>} [retry]
 * @property {number} [timeoutMillis] how long one exchange may take before it counts as unanswered
 * @property {(url: string, init: any) => Promise<Response>} [fetch]
 * @property {() => string} [uuid]
 * @property {() => number} [random] in [0, 1)
 * @property {(action: () => void, millis: number) => any} [setTimeout]
 * @property {(handle: any) => void} [clearTimeout]
 */

/** @typedef {Required<Omit<ClientOptions, "retry">> & {retry: RetryLimits}} Options */

/** About a minute of trying: long enough for a restart of the server, short enough to then say so. */
const RETRY_LIMITS = Object.freeze({
  attempts: 10,
  baseMillis: 400,
  maximumMillis: 15_000,
  inFlightWaits: 20,
  inFlightMillis: 1_000,
});

/** @param {ClientOptions} options @returns {Options} */
export function withDefaults(options) {
  return {
    items: (body) => body,
    headers: () => ({}),
    onConflict: () => {},
    onError: (error) => console.error(error),
    serverFields: ["id", "version", "updatedAt", "updatedBy"],
    timeoutMillis: 20_000,
    // Wrapped, because a browser's own functions refuse to be called as methods of another object.
    fetch: (url, init) => fetch(url, init),
    uuid: randomUuid,
    random: () => Math.random(),
    setTimeout: (action, millis) => setTimeout(action, millis),
    clearTimeout: (handle) => clearTimeout(handle),
    ...options,
    retry: { ...RETRY_LIMITS, ...options.retry },
  };
}

/** A random version 4 UUID, also on a page served over plain HTTP, where browsers offer no randomUUID. @returns {string} */
function randomUuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
