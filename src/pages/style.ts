/** The style sheet of every page. It is sent inside the page, so that a page loads nothing. */

export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#f4f4f1, #131416);
  --sheet: light-dark(#ffffff, #1c1e21);
  --line: light-dark(#d9d8d2, #35383d);
  --ink: light-dark(#1b1c1e, #ececea);
  --soft: light-dark(#5b5d62, #a7aab0);
  --accent: light-dark(#1d4ed8, #9db8ff);
  --on-accent: light-dark(#ffffff, #10182b);
  --error: light-dark(#b3261e, #ffb4ab);
  --warn-ground: light-dark(#fff4d6, #38300f);
  --warn-line: light-dark(#c98a00, #b99324);
}
* { box-sizing: border-box; }
body {
  margin: 0; min-height: 100vh; padding: 1.5rem 1rem;
  display: grid; place-content: center; grid-template-columns: minmax(0, 26rem); gap: 1rem;
  background: var(--ground); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
main {
  padding: 2rem; background: var(--sheet);
  border: 1px solid var(--line); border-radius: .75rem;
}
header { font-weight: 600; color: var(--soft); text-align: center; }
h1 { font-size: 1.375rem; line-height: 1.3; margin: 0 0 .75rem; overflow-wrap: anywhere; }
p { margin: 0 0 1rem; overflow-wrap: anywhere; }
.soft { color: var(--soft); font-size: .9375rem; }
main > :last-child { margin-bottom: 0; }
.last { margin-top: 1rem; }
dl { margin: 0 0 1rem; border-top: 1px solid var(--line); }
dl div { padding: .625rem 0; border-bottom: 1px solid var(--line); }
dt { color: var(--soft); font-size: .875rem; }
dd { margin: 0; overflow-wrap: anywhere; }
.warning {
  padding: .75rem 1rem; border-left: .25rem solid var(--warn-line);
  background: var(--warn-ground); border-radius: .25rem;
}
.error { color: var(--error); margin: 0 0 .375rem; }
label { display: block; font-weight: 600; margin: 0 0 .375rem; }
input[type=email], input[type=text] {
  width: 100%; padding: .625rem .75rem; margin: 0 0 1rem; font: inherit;
  color: inherit; background: var(--ground);
  border: 1px solid var(--soft); border-radius: .5rem;
}
.code { font: 1.25rem/1.4 ui-monospace, monospace; text-transform: uppercase; }
.choices { display: flex; gap: .75rem; flex-wrap: wrap; }
button {
  flex: 1 1 8rem; min-height: 2.75rem; padding: .5rem 1rem; font: inherit; font-weight: 600; cursor: pointer;
  color: var(--on-accent); background: var(--accent);
  border: 1px solid var(--accent); border-radius: .5rem;
}
button.second { color: var(--ink); background: transparent; border-color: var(--soft); }
button:hover { filter: brightness(1.08); }
a { color: var(--accent); }
:focus-visible { outline: .1875rem solid var(--accent); outline-offset: .125rem; }
`
