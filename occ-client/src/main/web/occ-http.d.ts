/**
 * Sends the request once. Never throws: whatever goes wrong is an outcome.
 * @param {WireRequest} request
 * @param {Platform} platform
 * @returns {Promise<WireOutcome>}
 */
export function exchange(request: WireRequest, platform: Platform): Promise<WireOutcome>;
/**
 * Says that an answer came and could not be used.
 * @param {string} detail @returns {Problem}
 */
export function notUnderstood(detail: string): Problem;
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
export const Problems: Readonly<{
    CONFLICT: "urn:occ4j:conflict";
    IN_FLIGHT: "urn:occ4j:in-flight";
    UNAVAILABLE: "urn:occ4j:unavailable";
    CAPACITY: "urn:occ4j:capacity";
    UNRESOLVED: "urn:occ4j:unresolved";
    /** Not on the wire: what this client says of an answer. */
    NOT_UNDERSTOOD: "urn:occ4j-client:not-understood";
}>;
/**
 * A request that can be sent again byte for byte. That matters: the server compares a resent
 * mutation id with the payload it saw first.
 */
export type WireRequest = {
    method: string;
    url: string;
    headers: Record<string, string>;
    body?: string | undefined;
};
/**
 * An RFC 9457 problem document; members beyond these depend on its type.
 */
export type Problem = {
    type?: string;
    title?: string;
    status?: number;
    detail?: string;
    [member: string]: any;
};
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
 */
export type WireOutcome = {
    kind: "applied";
    body: any;
    replayed: boolean;
} | {
    kind: "conflict";
    current: any;
    problem: Problem;
} | {
    kind: "in-flight";
    retryAfterMillis: number;
    problem: Problem;
} | {
    kind: "unavailable";
    retryAfterMillis: number;
    certain: boolean;
    problem: Problem;
} | {
    kind: "network";
    problem: Problem;
    cause: unknown;
} | {
    kind: "missing" | "rejected";
    certain: boolean;
    problem: Problem;
} | {
    kind: "unresolved" | "not-understood";
    problem: Problem;
};
/**
 * The platform as this module needs it; a test puts its own in.
 */
export type Platform = {
    fetch: (url: string, init: any) => Promise<Response>;
    setTimeout: (action: () => void, millis: number) => any;
    clearTimeout: (handle: any) => void;
    /**
     * how long one exchange may take before it counts as `network`
     */
    timeoutMillis: number;
    /**
     * milliseconds since 1970
     */
    now: () => number;
    /**
     * as of JSON.parse
     */
    revive?: ((name: string, value: any) => any) | undefined;
};
