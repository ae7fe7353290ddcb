/**
 * Reads JSON. An id or a version that a JavaScript number cannot hold exactly becomes its digits.
 * @param {string} text @param {(name: string, value: any) => any} [revive] as of JSON.parse
 */
export function readJson(text: string, revive?: (name: string, value: any) => any): any;
/** @param {any} body @returns {boolean} */
export function isEntity(body: any): boolean;
/** @param {{id: any}} entity @returns {string} */
export function keyOf({ id }: {
    id: any;
}): string;
/** @param {Version | undefined} one @param {Version | undefined} other @returns {boolean} */
export function sameVersion(one: Version | undefined, other: Version | undefined): boolean;
/** Whether one version is later than another, where none is earlier than any. @param {Version | undefined} one @param {Version | undefined} other @returns {boolean} */
export function isLater(one: Version | undefined, other: Version | undefined): boolean;
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
export const RESERVED: readonly string[];
/**
 * A version as the server gave it; it goes back in the same form.
 */
export type Version = number | string;
/**
 * One entity as the server gave it. Its other members are the application's.
 */
export type Entity = Record<string, any> & {
    id: string | number;
    version: Version;
};
