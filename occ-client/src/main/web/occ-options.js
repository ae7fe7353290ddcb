/**
 * What an application can tell the client, and what holds where it says nothing.
 *
 * @module occ-options
 */

/** @typedef {import("./occ-entity.js").Entity} Entity */
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
 * @property {() => string | undefined} [user] who is at the page; an edit stays that person's, however late it is sent
 * @property {(user: string | undefined) => Record<string, string>} [headers] read anew for each sending, such as
 *     `Authorization`; `user` is the edit's. Those that the protocol needs cannot be set.
 * @property {(entity: Entity) => boolean} [isOwn] whether the person at the page wrote this state, in another tab perhaps;
 *     where nothing is said, whether `updatedBy` is `user`
 * @property {(edit: PendingEdit) => void} [onConflict] called each time an edit becomes CONFLICTED
 * @property {(error: unknown) => void} [onError] gets what a listener threw
 * @property {readonly string[]} [serverFields] fields that only the server writes, left out of comparisons and requests;
 *     those of the protocol (id, version, updatedAt, updatedBy, clientMutationId) always are
 * @property {boolean} [absentIsNull] whether a field that is left out is the same as one that is null
 * @property {Readonly<Record<string, import("./occ-text.js").TextUnit>>} [text] texts that are merged within, by field: by
 *     `lines` or by `words`; two people then collide only where they changed the same place
 * @property {import("./occ-merge.js").MergeWithin | null} [merge] merges other fields within: `collections({...})` of
 *     `occ-collections.js`
 * @property {(name: string, value: any) => any} [revive] reads the JSON of each answer, as the reviver of JSON.parse
 * @property {import("./occ-journal.js").Journal | null} [journal] keeps pending edits beyond this page, such as a
 *     `BrowserJournal`; without one they live as long as the page
 * @property {Partial<RetryLimits>} [retry]
 * @property {number} [timeoutMillis] how long one exchange may take before it counts as unanswered
 * @property {(url: string, init: any) => Promise<Response>} [fetch]
 * @property {() => string} [uuid]
 * @property {() => number} [random] in [0, 1)
 * @property {() => number} [now] milliseconds since 1970
 * @property {(action: () => void, millis: number) => any} [setTimeout]
 * @property {(handle: any) => void} [clearTimeout]
 */

/** @typedef {Required<Omit<ClientOptions, "retry" | "revive">> & Pick<ClientOptions, "revive"> & {retry: RetryLimits}} Options */

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
  const user = options.user ?? (() => undefined);
  return {
    items: (body) => body,
    user,
    headers: () => ({}),
    isOwn: ({ updatedBy }) => updatedBy !== undefined && updatedBy !== null && updatedBy === user(),
    onConflict: () => {},
    onError: (error) => console.error(error),
    serverFields: [],
    absentIsNull: false,
    text: {},
    merge: null,
    journal: null,
    timeoutMillis: 20_000,
    // Wrapped, because a browser's own functions refuse to be called as methods of another object.
    fetch: (url, init) => fetch(url, init),
    uuid: randomUuid,
    random: () => Math.random(),
    now: () => Date.now(),
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
