/**
 * What makes an answer's JSON an entity: an id and a version, read exactly. Pure functions.
 *
 * Ids are told apart as text, so 7 and "7" are one. Versions are whole numbers, as JSON numbers or
 * as digits in text, and are compared exactly, however large. What is anything else is not
 * understood: an error to be told, never an absence.
 *
 * @module occ-entity
 */

/** A version as the server gave it; it goes back in the same form. @typedef {number | string} Version */

/**
 * One entity as the server gave it. Its other members are the application's.
 * @typedef {Record<string, any> & {id: string | number, version: Version}} Entity
 */

/** What the protocol says beside an entity's own fields; nothing that a person edits sets these. */
export const RESERVED = Object.freeze(["id", "version", "updatedAt", "updatedBy", "clientMutationId"]);

/** A string, and the large number that follows it if it is the name of a member. Quotes by number: see WebJarTest. */
const STRING_THEN_NUMBER = /\x22((?:[^\x22\\]|\\.)*)\x22(?:(\s*:\s*)(-?\d{16,})(?=\s*[,}\]]))?/g;

/**
 * Reads JSON. An id or a version that a JavaScript number cannot hold exactly becomes its digits.
 * @param {string} text @param {(name: string, value: any) => any} [revive] as of JSON.parse
 */
export function readJson(text, revive) {
  const exact = text.replace(STRING_THEN_NUMBER, (all, name, colon, digits) =>
    (name === "id" || name === "version") && digits && !Number.isSafeInteger(Number(digits))
      ? `"${name}"${colon}"${digits}"`
      : all,
  );
  return JSON.parse(exact, revive);
}

/** @param {any} body @returns {boolean} */
export function isEntity(body) {
  return body !== null && typeof body === "object" && isId(body.id) && isVersion(body.version);
}

/** @param {any} id @returns {boolean} */
function isId(id) {
  return typeof id === "string" ? id !== "" : Number.isSafeInteger(id);
}

/** @param {any} version @returns {boolean} */
function isVersion(version) {
  return typeof version === "string"
    ? /^\d{1,40}$/.test(version)
    : Number.isSafeInteger(version) && version >= 0;
}

/** @param {{id: any}} entity @returns {string} */
export function keyOf({ id }) {
  return String(id);
}

/** @param {Version | undefined} one @param {Version | undefined} other @returns {boolean} */
export function sameVersion(one, other) {
  return one === undefined || other === undefined ? one === other : BigInt(one) === BigInt(other);
}

/** Whether one version is later than another, where none is earlier than any. @param {Version | undefined} one @param {Version | undefined} other @returns {boolean} */
export function isLater(one, other) {
  return one !== undefined && (other === undefined || BigInt(one) > BigInt(other));
}
