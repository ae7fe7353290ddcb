export class Presence {
    /** @param {LiveChanges} live @param {PresenceOptions} options */
    constructor(live: LiveChanges, options: PresenceOptions);
    live: import("./occ-live.js").LiveChanges;
    options: PresenceOptions;
    /** Who else is at it; nobody while that is not known. @param {string} key @returns {string[]} */
    others(key: string): string[];
    /** This page is at it, until it leaves. @param {string} key */
    enter(key: string): void;
    /** @param {string} key */
    leave(key: string): void;
    #private;
}
export type LiveChanges = import("./occ-live.js").LiveChanges;
export type PresenceOptions = {
    url: string;
    /**
     * read anew for each request
     */
    headers?: (() => Record<string, string>) | undefined;
    /**
     * whose name is not to be told; nobody's, if left out
     */
    isMe?: ((who: string) => boolean) | undefined;
    onChange?: (() => void) | undefined;
    fetch?: ((url: string, init: any) => Promise<Response>) | undefined;
};
