export class LiveChanges {
    /** Begins at once. @param {OptimisticClient} client @param {LiveOptions} options */
    constructor(client: OptimisticClient, options: LiveOptions);
    client: import("./occ-client.js").OptimisticClient;
    options: LiveOptions;
    /** Whether changes are being told, so that asking for them is not needed. @returns {boolean} */
    get connected(): boolean;
    /** Hears an event of the application's, such as presence. @param {string} event @param {(data: any) => void} listener gets the JSON */
    on(event: string, listener: (data: any) => void): void;
    /** Ends it. */
    close(): void;
    #private;
}
export type OptimisticClient = import("./occ-client.js").OptimisticClient;
export type LiveOptions = {
    /**
     * where the stream is served
     */
    url: string;
    /**
     * the store whose changes count; all, if left out
     */
    source?: string | undefined;
    /**
     * called when that changes
     */
    onConnected?: ((connected: boolean) => void) | undefined;
    /**
     * what the server said was not understood
     */
    onError?: ((error: unknown) => void) | undefined;
};
