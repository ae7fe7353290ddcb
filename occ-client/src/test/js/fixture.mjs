import { OptimisticClient } from "../../main/web/occ-client.js";
import { ManualTime, ScriptedServer } from "./scripted-server.mjs";

export const task = (version, fields = {}) => ({
  id: "1",
  title: "Water the plants",
  description: "",
  status: "todo",
  assignee: "",
  version,
  updatedAt: "2026-01-01T00:00:00Z",
  updatedBy: "ana",
  ...fields,
});

/** A client over a scripted server, which already knows task 1 at version 10. */
export function start(options = {}) {
  const server = new ScriptedServer();
  const time = new ManualTime();
  const conflicts = [];
  const errors = [];
  let ids = 0;
  const client = new OptimisticClient({
    url: "/tasks",
    items: (body) => body.tasks,
    onConflict: (edit) => conflicts.push(edit),
    onError: (error) => errors.push(error),
    fetch: server.fetch,
    uuid: () => `id-${++ids}`,
    random: () => 0,
    setTimeout: time.setTimeout,
    clearTimeout: time.clearTimeout,
    ...options,
  });
  client.accept(task(10));
  return { client, server, time, conflicts, errors, shown: (key = "1") => client.view(key)?.value };
}
