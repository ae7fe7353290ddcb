/** A server and the network before it, which loses what it likes, as a seed says. */

/** A generator that can be repeated from its seed (mulberry32). */
export function random(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const turns = async (count) => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
};

const json = (status, body) => new Response(JSON.stringify(body), { status });

/** The contract of the server, once kept and, for the twin, once without remembered answers. */
export class LossyServer {
  #answers = new Map();

  constructor(roll, idempotent, current) {
    this.current = current;
    this.roll = roll;
    this.idempotent = idempotent;
  }

  fetch = async (_url, { method, body }) => {
    await turns(Math.floor(this.roll() * 4));
    if (this.roll() < 0.2) throw new TypeError("request lost");
    const answer = method === "GET" ? json(200, this.current) : this.#put(JSON.parse(body));
    await turns(Math.floor(this.roll() * 4));
    if (this.roll() < 0.2) throw new TypeError("answer lost");
    return answer;
  };

  #put({ clientMutationId, version, ...fields }) {
    const known = this.idempotent && this.#answers.get(clientMutationId);
    if (known) return json(200, known);
    if (version !== this.current.version) {
      return json(409, { type: "urn:occ4j:conflict", current: this.current });
    }
    this.current = { ...this.current, ...fields, version: version + 1 };
    this.#answers.set(clientMutationId, this.current);
    return json(200, this.current);
  }
}
