/**
 * The recipe of docs/client.md as it is without JSX, which a browser does not read.
 *
 * @module page
 */

import { OptimisticClient } from "/webjars/occ4j/occ-client.js";
import "/webjars/occ4j/occ-conflict-dialog.js";

const { StrictMode, createElement: h, useEffect, useRef, useState } = globalThis.require("react");
const { createRoot } = globalThis.require("react-dom/client");

const fields = [
  { name: "title", label: "Título" },
  { name: "description", label: "Descripción", type: "long" },
];

function Tasks() {
  const dialog = useRef(null);
  const [client] = useState(() => new OptimisticClient({ url: "/tasks", onConflict: (edit) => dialog.current.show(edit) }));
  const [views, setViews] = useState([]);
  const [ended, setEnded] = useState("");
  useEffect(() => {
    const end = client.subscribe(() => setViews(client.views()));
    void client.sync();
    return end;
  }, [client]);
  const rename = (key) => client.update(key, { title: "Mine" });
  return h(
    "main",
    null,
    h("ul", null, ...views.map(({ identity, key, value }) => h("li", { key: identity }, value.title, h("button", { onClick: () => rename(key) }, "Rename")))),
    h("p", { "data-testid": "ended" }, ended),
    h("occ-conflict-dialog", {
      ref: dialog,
      client,
      fields,
      lang: "es",
      "onocc-closed": ({ detail: edit }) => setEnded(edit.key),
    }),
  );
}

createRoot(document.getElementById("root")).render(h(StrictMode, null, h(Tasks)));
