/**
 * The style sheet of every page. It is sent inside the page, so that a page needs no second
 * request to be readable. Type, spacing and colour are the variables of `:root`.
 */
import type { Shade } from './colour.ts'
import { DASHBOARD_STYLE } from './dashboardStyle.ts'

/** The whole style sheet, with the shades of the site's colour. */
export function styleOf({ light, dark }: { light: Shade; dark: Shade }): string {
  const accent = `--accent: light-dark(${light.accent}, ${dark.accent});`
  const onAccent = `--on-accent: light-dark(${light.onAccent}, ${dark.onAccent});`
  return `:root { ${accent} ${onAccent} }${STYLE}${DASHBOARD_STYLE}`
}

const STYLE = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#f5f6f8, #101216);
  --sheet: light-dark(#ffffff, #181b21);
  --raised: light-dark(#eef0f4, #21252d);
  --line: light-dark(#dfe2e8, #2e333d);
  --field: light-dark(#878d99, #6f7683);
  --ink: light-dark(#15181e, #eceef2);
  --soft: light-dark(#565c68, #a9b0bd);
  --error: light-dark(#b3261e, #ffb4ab);
  --good: light-dark(#17693a, #7ddba3);
  --warn-ground: light-dark(#fff4d6, #362d10);
  --warn-line: light-dark(#c98a00, #b99324);
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace;
  --s: .875rem; --m: 1rem; --l: 1.125rem; --xl: 1.625rem;
  --gap: 1rem; --radius: .5rem;
  --shadow: 0 1px 2px rgb(0 0 0 / .06), 0 8px 24px rgb(0 0 0 / .05);
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; min-height: 100vh; min-height: 100dvh; display: flex; flex-direction: column;
  background: var(--ground); color: var(--ink); font: var(--m)/1.5 var(--sans);
  overflow-wrap: anywhere;
}
.skip { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.skip:focus { position: static; width: auto; height: auto; clip-path: none; padding: .5rem 1rem; }
.bar { background: var(--sheet); border-bottom: 1px solid var(--line); }
.bar > div, main.wide, footer > div {
  width: 100%; max-width: 66rem; margin-inline: auto; padding-inline: 1.25rem;
}
.bar > div {
  display: flex; flex-wrap: wrap; align-items: center; gap: .5rem var(--gap);
  padding-block: .75rem;
}
.brand {
  display: inline-flex; align-items: center; gap: .625rem; font-weight: 650;
  font-size: var(--l); letter-spacing: -.01em; color: var(--ink); text-decoration: none;
}
.brand img { display: block; width: 1.75rem; height: 1.75rem; }
.person {
  margin-left: auto; display: flex; align-items: center; gap: .75rem; min-width: 0;
  color: var(--soft); font-size: var(--s);
}
.person > button { flex: none; }
.person bdi { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; max-width: 16rem; }
.tabs { border-top: 1px solid var(--line); }
.tabs ul {
  max-width: 66rem; margin: 0 auto; padding: 0 .5rem; list-style: none;
  display: flex; flex-wrap: wrap;
}
.tabs a {
  display: block; padding: .75rem .75rem calc(.75rem - 2px); color: var(--soft);
  text-decoration: none; font-weight: 550; font-size: .9375rem; border-bottom: 2px solid transparent;
}
.tabs a:hover { color: var(--ink); }
.tabs a[aria-current] { color: var(--ink); border-bottom-color: var(--accent); }
main { flex: 1; }
main.card {
  width: calc(100% - 2rem); max-width: 28rem; margin: auto; padding: 2rem; flex: none;
  background: var(--sheet); border: 1px solid var(--line); border-radius: .875rem;
  box-shadow: var(--shadow);
}
main.wide { padding-block: 2rem 3rem; }
.space { flex: 1; min-height: 1.5rem; }
h1 {
  font-size: var(--xl); line-height: 1.25; letter-spacing: -.015em; font-weight: 680;
  margin: 0 0 .75rem;
}
h2 { font-size: var(--l); line-height: 1.35; margin: 2rem 0 .75rem; }
h3 { font-size: var(--m); line-height: 1.4; margin: 0; }
p { margin: 0 0 1rem; }
.soft { color: var(--soft); font-size: .9375rem; }
main > :last-child, .panel > :last-child, form > :last-child, section > table:last-child { margin-bottom: 0; }
.last { margin-top: 1rem; }
section > h3 { margin: 1.5rem 0 .25rem; }
dl { margin: 0 0 1rem; border-top: 1px solid var(--line); }
dl div { padding: .625rem 0; border-bottom: 1px solid var(--line); }
dt { color: var(--soft); font-size: var(--s); }
dd { margin: 0; }
.warning, .note {
  padding: .75rem 1rem; border-left: .25rem solid var(--warn-line);
  background: var(--warn-ground); border-radius: .25rem;
}
.note { border-left-color: var(--accent); background: var(--raised); }
.error { color: var(--error); margin: 0 0 .375rem; }
label { display: block; font-weight: 600; margin: 0 0 .375rem; }
label:has(input[type=checkbox]) { font-weight: 400; }
input[type=email], input[type=text], input[type=search], input[type=date], select {
  width: 100%; min-height: 2.75rem; padding: .5rem .75rem; margin: 0 0 1rem; font: inherit;
  color: inherit; background: var(--sheet);
  border: 1px solid var(--field); border-radius: var(--radius);
}
input[aria-invalid] { border-color: var(--error); }
.code { font: 1.25rem/1.4 var(--mono); text-transform: uppercase; letter-spacing: .08em; }
.choices { display: flex; gap: .75rem; flex-wrap: wrap; }
button, .button {
  display: inline-flex; align-items: center; justify-content: center;
  min-height: 2.75rem; padding: .5rem 1.125rem; font: inherit; font-weight: 600;
  cursor: pointer; text-decoration: none; color: var(--on-accent); background: var(--accent);
  border: 1px solid var(--accent); border-radius: var(--radius);
}
.choices > button, .choices > .button { flex: 1 1 8rem; }
button.second, .button.second {
  color: var(--ink); background: var(--sheet); border-color: var(--field);
}
button.danger { color: var(--sheet); background: var(--error); border-color: var(--error); }
button.plain {
  min-height: 1.5rem; padding: 0 .25rem; color: inherit; background: none; border: 0;
  font-weight: 400; text-decoration: underline; text-underline-offset: .15em;
}
button:hover, .button:hover { filter: brightness(1.07); }
button.plain:hover { color: var(--ink); filter: none; }
a { color: var(--accent); text-underline-offset: .15em; }
:focus-visible { outline: .1875rem solid var(--accent); outline-offset: .125rem; }
footer { color: var(--soft); font-size: var(--s); }
footer > div {
  display: flex; flex-wrap: wrap; align-items: center; justify-content: center;
  gap: .25rem 1rem; padding-block: 1.25rem 1.75rem;
}
footer a { color: inherit; }
footer ul, footer form {
  display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: 0; padding: 0; list-style: none;
}
footer button[aria-current] { color: var(--ink); text-decoration: none; font-weight: 600; }
@media (prefers-reduced-motion: no-preference) {
  button, .button, .tabs a { transition: filter .12s, color .12s, border-color .12s; }
}
@media (forced-colors: active) { .tabs a[aria-current] { border-bottom-color: Highlight; } }
`
