/**
 * How the conflict dialog looks where the page says nothing. A page sets the custom properties on
 * `occ-conflict-dialog`, or styles its parts.
 *
 * @module occ-style
 */

export const STYLE = `
:host {
  --_surface: var(--occ-surface, #fff);
  --_sunken: var(--occ-sunken, #f1efe9);
  --_ink: var(--occ-ink, #22262b);
  --_muted: var(--occ-muted, #5d636b);
  --_line: var(--occ-line, #d9d6ce);
  --_field-line: var(--occ-field-line, #8d9299);
  --_accent: var(--occ-accent, #2a6b5e);
  --_on-accent: var(--occ-on-accent, #fff);
  --_warn: var(--occ-warn, #7a4900);
  --_warn-paper: var(--occ-warn-paper, #fdf1dc);
  --_danger: var(--occ-danger, #a23329);
  --_danger-paper: var(--occ-danger-paper, #fbeae7);
  --_mark: var(--occ-mark, #ffe08a);
  --_mark-mine: var(--occ-mark-mine, #b9e6d8);
  font: var(--occ-font, 16px/1.5 system-ui, sans-serif);
}
@media (prefers-color-scheme: dark) {
  :host {
    --_surface: var(--occ-surface, #24292e);
    --_sunken: var(--occ-sunken, #1a1e22);
    --_ink: var(--occ-ink, #e9e7e2);
    --_muted: var(--occ-muted, #a9afb7);
    --_line: var(--occ-line, #3b4249);
    --_field-line: var(--occ-field-line, #6f7781);
    --_accent: var(--occ-accent, #7cc7b5);
    --_on-accent: var(--occ-on-accent, #0e231e);
    --_warn: var(--occ-warn, #f0be6d);
    --_warn-paper: var(--occ-warn-paper, #352b1a);
    --_danger: var(--occ-danger, #f0968c);
    --_danger-paper: var(--occ-danger-paper, #3a2321);
    --_mark: var(--occ-mark, #6b5312);
    --_mark-mine: var(--occ-mark-mine, #1f5547);
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
h2, h3, p { margin: 0; }
dialog {
  width: min(46rem, calc(100vw - 2rem)); max-height: calc(100dvh - 2rem); padding: 0; overflow: auto;
  border: 1px solid var(--_line); border-radius: 16px; background: var(--_surface); color: var(--_ink);
  box-shadow: 0 12px 48px rgb(0 0 0 / 28%);
}
dialog::backdrop { background: rgb(18 20 22 / 50%); }
form { display: grid; gap: 1rem; padding: 1.4rem 1.5rem 0; }
.head { display: flex; align-items: start; justify-content: space-between; gap: 1rem; }
h2 { font-size: 1.3rem; font-weight: 650; line-height: 1.3; }
h2:focus { outline: none; }
.lead { display: grid; gap: .3rem; margin-top: -.6rem; color: var(--_muted); font-size: .95rem; }
button, input, select, textarea { font: inherit; color: inherit; }
button {
  min-height: 2.5rem; padding: .25rem .9rem; border: 1px solid var(--_field-line); border-radius: 8px;
  background: var(--_surface); cursor: pointer;
}
button:disabled { opacity: .6; cursor: default; }
button[aria-disabled="true"] { cursor: default; }
button.primary { border-color: transparent; background: var(--_accent); color: var(--_on-accent); font-weight: 600; }
button.danger { border-color: var(--_danger); background: var(--_danger-paper); color: var(--_danger); }
.later { flex: none; width: 2.5rem; margin: -.4rem -.6rem 0 0; padding: 0; border-color: transparent; background: none; color: var(--_muted); font-size: 1.4rem; }
:focus-visible { outline: 2px solid var(--_accent); outline-offset: 2px; }
.newer { display: flex; flex-wrap: wrap; align-items: center; gap: .4rem 1rem; padding: .5rem .8rem; border-radius: 8px; background: var(--_warn-paper); color: var(--_warn); }
.fields { display: grid; gap: .8rem; }
.field { display: grid; gap: .5rem; min-width: 0; }
.field.both { padding: .8rem .9rem .9rem; border: 1px solid var(--_line); border-left: 4px solid var(--_warn); border-radius: 10px; }
.field.both.decided { border-left-color: var(--_accent); }
h3 { display: flex; flex-wrap: wrap; align-items: baseline; gap: .2rem .7rem; font-size: 1rem; font-weight: 600; }
.mark { color: var(--_muted); font-size: .85rem; font-weight: 400; }
.both .mark { color: var(--_warn); }
.sides { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: .6rem; }
.side {
  display: flex; flex-direction: column; align-items: stretch; justify-content: start; gap: .25rem;
  padding: .55rem .75rem .65rem; text-align: start; border-width: 2px; border-color: var(--_line); background: var(--_sunken);
}
.side:hover { border-color: var(--_field-line); }
.side[aria-pressed="true"] { border-color: var(--_accent); }
.caption { display: flex; justify-content: space-between; gap: .5rem; color: var(--_muted); font-size: .85rem; }
.side[aria-pressed="true"] .caption::after { content: "✓"; color: var(--_accent); font-weight: 700; }
.value { max-height: 14rem; overflow: auto; white-space: pre-wrap; overflow-wrap: anywhere; font-weight: 400; }
.value:empty::before { color: var(--_muted); content: attr(data-empty); }
mark { border-radius: 3px; background: var(--_mark); color: inherit; }
.mine mark { background: var(--_mark-mine); }
.result { display: grid; gap: .2rem; }
.result label, .before { color: var(--_muted); font-size: .85rem; }
.before { overflow-wrap: anywhere; }
.before span { white-space: pre-line; }
.combined .value { padding-inline-start: .75rem; border-inline-start: 2px solid var(--_line); }
input, select, textarea { width: 100%; min-height: 2.5rem; padding: .35rem .6rem; border: 1px solid var(--_field-line); border-radius: 8px; background: var(--_surface); }
input[type="checkbox"] { width: 1.4rem; min-height: 1.4rem; }
textarea { display: block; field-sizing: content; min-height: 4rem; max-height: 14rem; resize: vertical; }
details { color: var(--_muted); font-size: .9rem; }
details .field { margin-top: .5rem; }
.error { flex-basis: 100%; padding: .5rem .8rem; border-radius: 8px; background: var(--_danger-paper); color: var(--_danger); }
.error:empty { display: none; }
.foot {
  display: flex; flex-wrap: wrap; align-items: center; gap: .6rem; position: sticky; bottom: 0; margin: 0 -1.5rem;
  padding: .9rem 1.5rem 1.1rem; border-top: 1px solid var(--_line); background: var(--_surface);
}
.counter { margin-inline-start: auto; color: var(--_warn); font-weight: 600; }
.counter.done { color: var(--_accent); }
.notice {
  position: fixed; inset-inline: 1rem; bottom: 1rem; z-index: 10; display: flex; align-items: center; gap: 1rem; width: fit-content; max-width: calc(100vw - 2rem); margin: 0 auto;
  padding: .6rem .6rem .6rem 1rem; border: 1px solid var(--_line); border-radius: 12px; background: var(--_surface); color: var(--_ink); box-shadow: 0 6px 24px rgb(0 0 0 / 22%);
}
@media (max-width: 40rem) {
  dialog { width: 100vw; max-width: 100vw; max-height: 100dvh; margin: auto 0 0; border-width: 1px 0 0; border-radius: 16px 16px 0 0; }
  form { padding: 1.1rem 1rem 0; }
  .sides { grid-template-columns: minmax(0, 1fr); }
  input, select, textarea { font-size: 16px; }
  .foot { margin: 0 -1rem; padding: .8rem 1rem 1rem; }
  .foot button { flex: 1 0 100%; }
  .counter { flex-basis: 100%; margin: 0; }
}
`;
