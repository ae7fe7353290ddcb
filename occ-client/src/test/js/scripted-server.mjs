/**
 * The two things a client test must hold in its hands: the server's answers and the time. Nothing
 * happens by itself: a request waits until the test answers or loses it, a pause until it is fired.
 */

/** Answers that a client has asked for, in the order in which the test gives them. */
export class ScriptedServer {
  /** Every request so far, answered or not. */ requests = [];
  #unanswered = [];

  fetch = (url, init) =>
    new Promise((resolve, reject) => {
      const body = init.body === undefined ? undefined : JSON.parse(init.body);
      const request = { url, method: init.method, headers: init.headers, body, raw: init.body };
      init.signal?.addEventListener("abort", () => reject(new Error("aborted")));
      this.requests.push(request);
      this.#unanswered.push({ request, resolve, reject });
    });

  /** The oldest request without an answer. */
  async next() {
    await settle();
    const call = this.#unanswered.shift();
    if (!call) throw new Error("no request is waiting for an answer");
    return call;
  }

  async reply(status, body, headers = {}) {
    const { request, resolve } = await this.next();
    resolve(new Response(body === null ? null : JSON.stringify(body), { status, headers }));
    await settle();
    return request;
  }

  /** Answers with this very text. */
  async raw(status, text, headers = {}) {
    const { request, resolve } = await this.next();
    resolve(new Response(text, { status, headers }));
    await settle();
    return request;
  }

  /** Refuses with a problem document. */
  refuse(status, type, members = {}, headers = {}) {
    return this.reply(status, { type, title: type, status, ...members }, headers);
  }

  conflict(current) {
    return this.refuse(409, "urn:occ4j:conflict", { current, changes: [] });
  }

  /** The request or its answer is lost on the wire; the client cannot tell which. */
  async lose() {
    const { request, reject } = await this.next();
    reject(new TypeError("network"));
    await settle();
    return request;
  }

  get waiting() {
    return this.#unanswered.length;
  }
}

/** Time that stands still until a pause is fired. */
export class ManualTime {
  #timers = new Map();
  #handles = 0;

  setTimeout = (action, millis) => {
    this.#timers.set(++this.#handles, { action, millis });
    return this.#handles;
  };

  clearTimeout = (handle) => this.#timers.delete(handle);

  get pauses() {
    return [...this.#timers.values()].map(({ millis }) => millis);
  }

  /** Ends the oldest pause and says how long it was to last. */
  async fire() {
    await settle();
    const [handle, timer] = this.#timers.entries().next().value ?? [];
    if (!timer) throw new Error("nothing waits");
    this.#timers.delete(handle);
    timer.action();
    await settle();
    return timer.millis;
  }
}

/** Lets every promise that can go on do so. */
export async function settle() {
  await new Promise((resolve) => setImmediate(resolve));
}
