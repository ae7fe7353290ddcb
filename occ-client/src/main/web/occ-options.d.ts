/** @param {ClientOptions} options @returns {Options} */
export function withDefaults(options: ClientOptions): Options;
export type Entity = import("./occ-entity.js").Entity;
export type PendingEdit = import("./occ-edit.js").PendingEdit;
export type RetryLimits = {
    /**
     * sendings without an answer before the outcome is given up as unknown
     */
    attempts: number;
    /**
     * pause after the first failure; doubles with each further one
     */
    baseMillis: number;
    /**
     * longest such pause
     */
    maximumMillis: number;
    /**
     * times to wait for another sending of the same mutation to end
     */
    inFlightWaits: number;
    /**
     * pause before asking again when the server names none
     */
    inFlightMillis: number;
};
export type ClientOptions = {
    /**
     * the collection; an entity lies at `url/id`
     */
    url: string;
    /**
     * finds the entities in the collection's answer
     */
    items?: ((body: any) => Entity[]) | undefined;
    /**
     * who is at the page; an edit stays that person's, however late it is sent
     */
    user?: (() => string | undefined) | undefined;
    /**
     * read anew for each sending, such as
     * `Authorization`; `user` is the edit's. Those that the protocol needs cannot be set.
     */
    headers?: ((user: string | undefined) => Record<string, string>) | undefined;
    /**
     * whether the person at the page wrote this state, in another tab perhaps;
     * where nothing is said, whether `updatedBy` is `user`
     */
    isOwn?: ((entity: Entity) => boolean) | undefined;
    /**
     * called each time an edit becomes CONFLICTED
     */
    onConflict?: ((edit: PendingEdit) => void) | undefined;
    /**
     * gets what a listener threw
     */
    onError?: ((error: unknown) => void) | undefined;
    /**
     * fields that only the server writes, left out of comparisons and requests;
     * those of the protocol (id, version, updatedAt, updatedBy, clientMutationId) always are
     */
    serverFields?: readonly string[] | undefined;
    /**
     * whether a field that is left out is the same as one that is null
     */
    absentIsNull?: boolean | undefined;
    /**
     * texts that are merged within, by field: by
     * `lines` or by `words`; two people then collide only where they changed the same place
     */
    text?: Readonly<Record<string, import("./occ-text.js").TextUnit>> | undefined;
    /**
     * merges other fields within: `collections({...})` of
     * `occ-collections.js`
     */
    merge?: import("./occ-merge.js").MergeWithin | null | undefined;
    /**
     * reads the JSON of each answer, as the reviver of JSON.parse
     */
    revive?: ((name: string, value: any) => any) | undefined;
    /**
     * keeps pending edits beyond this page, such as a
     * `BrowserJournal`; without one they live as long as the page
     */
    journal?: import("./occ-journal.js").Journal | null | undefined;
    retry?: Partial<RetryLimits> | undefined;
    /**
     * how long one exchange may take before it counts as unanswered
     */
    timeoutMillis?: number | undefined;
    fetch?: ((url: string, init: any) => Promise<Response>) | undefined;
    uuid?: (() => string) | undefined;
    /**
     * in [0, 1)
     */
    random?: (() => number) | undefined;
    /**
     * milliseconds since 1970
     */
    now?: (() => number) | undefined;
    setTimeout?: ((action: () => void, millis: number) => any) | undefined;
    clearTimeout?: ((handle: any) => void) | undefined;
};
export type Options = Required<Omit<ClientOptions, "retry" | "revive">> & Pick<ClientOptions, "revive"> & {
    retry: RetryLimits;
};
