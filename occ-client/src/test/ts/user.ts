// A user's page in TypeScript; compiled with --strict against the shipped types, never run.
import { BrowserJournal } from "../../main/web/occ-journal.js";
import { collections } from "../../main/web/occ-collections.js";
import { EditState, OptimisticClient, type PendingEdit, type View } from "../../main/web/occ-client.js";
import { type ConflictDialog, SPANISH } from "../../main/web/occ-conflict-dialog.js";

const dialog = document.querySelector("occ-conflict-dialog") as ConflictDialog;
const client = new OptimisticClient({
  url: "/tasks",
  user: () => "ana",
  text: { notes: "words" },
  merge: collections({ tags: "set", votes: "counter", items: { keyed: "id" }, "items.tags": "set", address: "fields" }),
  journal: new BrowserJournal("ana"),
  onConflict: (edit: PendingEdit) => void dialog.show(edit),
});
dialog.client = client;
dialog.texts = { ...SPANISH, apply: "Aplicar" };
dialog.fields = [
  { name: "title", label: "Título", named: "el título" },
  { name: "status", type: "choice", choices: [{ value: "todo", label: "Por hacer" }] },
];
const edit = client.update("1", { title: "Regar" });
const settled: boolean = edit.settled || edit.state === EditState.UNKNOWN;
const views: View[] = client.views();
// @ts-expect-error a state is one of the eight
const wrong: boolean = edit.state === "SAVED";
// @ts-expect-error there is no such rule
collections({ tags: "list" });
export { settled, views, wrong };
