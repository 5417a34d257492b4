/** The part of the style sheet that wide pages need: panels, lists of things, badges, code. */

export const DASHBOARD_STYLE = `
.lead { color: var(--soft); max-width: 44rem; }
.panel {
  background: var(--sheet); border: 1px solid var(--line); border-radius: .75rem;
  padding: 1.25rem; margin: 0 0 1.25rem;
}
.panel > h2:first-child { margin-top: 0; }
.items {
  display: grid; grid-template-columns: minmax(10rem, 1.8fr) 3fr auto; column-gap: 1.5rem;
  list-style: none; margin: 0 0 1.25rem; padding: 0;
}
.items > li {
  display: grid; grid-column: 1 / -1; grid-template-columns: subgrid; row-gap: .75rem;
  align-items: center; padding: 1rem 1.25rem; background: var(--sheet);
  border: 1px solid var(--line); border-bottom-width: 0;
}
.items > li:first-child { border-radius: .75rem .75rem 0 0; }
.items > li:last-child { border-bottom-width: 1px; border-radius: 0 0 .75rem .75rem; }
.items > li:only-child { border-radius: .75rem; }
.facts { display: flex; flex-wrap: wrap; gap: .5rem 1.75rem; margin: 0; border: 0; }
.facts div { padding: 0; border: 0; min-width: 6rem; }
.numbers { display: flex; flex-wrap: wrap; gap: 1rem; margin: 0 0 1.25rem; border: 0; }
.numbers div {
  display: flex; flex-direction: column; justify-content: space-between;
  flex: 1 1 10rem; padding: 1rem 1.25rem; background: var(--sheet);
  border: 1px solid var(--line); border-radius: .75rem;
}
.numbers dd {
  font-size: 1.5rem; line-height: 1.35; font-weight: 650; font-variant-numeric: tabular-nums;
  overflow-wrap: break-word;
}
.badge {
  display: inline-block; padding: .0625rem .5rem; border-radius: 1rem; font-size: .8125rem;
  font-weight: 600; color: var(--soft); background: var(--raised); white-space: nowrap;
}
.badge.good { color: var(--good); }
.mono, code, pre { font-family: var(--mono); font-size: .9375em; }
pre {
  margin: 0 0 1rem; padding: .875rem 1rem; background: var(--raised); border-radius: var(--radius);
  white-space: pre-wrap; font-size: var(--s); line-height: 1.55;
}
.row { display: flex; flex-wrap: wrap; gap: .75rem; align-items: end; }
.row > div { flex: 1 1 16rem; }
.row input, .row select { margin: 0; }
.row > a { padding-block: .625rem; }
.advice { margin: 0; padding-left: 1.25rem; }
.advice li { margin: 0 0 .375rem; }
.items h2 { margin: 0; font-size: var(--m); }
.copied { display: flex; flex-wrap: wrap; gap: .5rem .75rem; align-items: start; margin: 0 0 1rem; }
.copied pre { flex: 1 1 18rem; margin: 0; min-width: 0; }
.copied button { min-width: 7rem; }
.copied button[hidden] { display: none; }
details { margin: 1.5rem 0; }
summary { cursor: pointer; font-weight: 600; padding: .5rem 0; }
.choices.front > .button { flex: 0 1 auto; }
.ways { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr)); gap: 1.25rem; margin: 1.5rem 0 0; }
.ways .panel { margin: 0; }
.routes { width: 100%; border-collapse: collapse; background: var(--sheet); border: 1px solid var(--line); }
.routes th, .routes td { padding: .625rem .75rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
.routes th { color: var(--soft); font-size: var(--s); font-weight: 600; background: var(--raised); overflow-wrap: normal; }
.routes td { font-size: .9375rem; }
.empty { text-align: center; padding: 2.5rem 1.25rem; }
.empty > * { margin-inline: auto; max-width: 34rem; }
table.amounts { width: 100%; border-collapse: collapse; margin: 0 0 1.25rem; }
.amounts th, .amounts td {
  text-align: left; vertical-align: top; padding: .5rem .75rem .5rem 0;
  border-bottom: 1px solid var(--line); overflow-wrap: break-word;
}
.amounts code { overflow-wrap: anywhere; }
section + .soft { margin-top: .75rem; }
.amounts th { font-size: .875rem; color: var(--soft); font-weight: 600; }
.amounts :is(th, td):last-child {
  text-align: right; padding-right: 0; font-variant-numeric: tabular-nums;
}
.days > div { flex: 0 1 12rem; }
.found { margin: .375rem 0 0; padding-left: 1.25rem; }
.filters { margin: 0 0 1rem; }
.filters > div { flex: 1 1 13rem; min-width: 0; }
.beside { align-self: center; padding: .5rem 0; }
.chart { margin: 0 0 1.25rem; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: 0 0 .75rem; padding: 0; font-size: var(--s); color: var(--soft); }
.legend svg { width: .75rem; height: .75rem; margin-right: .375rem; vertical-align: -.0625rem; }
.plot { display: flex; gap: .5rem; }
.plot > svg { flex: 1; min-width: 0; height: 12rem; display: block; }
.axis { display: flex; flex-direction: column; justify-content: space-between; text-align: right; color: var(--soft); font-size: .8125rem; line-height: 1; font-variant-numeric: tabular-nums; }
.times { flex-direction: row; padding: .5rem 0 0; text-align: left; gap: .5rem; }
.grid { stroke: var(--line); stroke-width: 1; vector-effect: non-scaling-stroke; }
.under { fill: transparent; }
g:hover > .under { fill: var(--raised); }
.c2xx { fill: var(--accent); }
.c3xx { fill: light-dark(#7d8798, #8a94a6); }
.c1xx { fill: light-dark(#b3bac6, #5b6473); }
.c4xx { fill: light-dark(#c98a00, #d9ab3a); }
.c429 { fill: light-dark(#8a4fbf, #c59aec); }
.c5xx { fill: var(--error); }
.scroll { overflow-x: auto; border-radius: .25rem; }
.counts { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
.counts th, .counts td { padding: .4375rem .75rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
.counts thead th { font-size: .875rem; color: var(--soft); font-weight: 600; }
.counts tbody th { font-weight: 400; white-space: normal; overflow-wrap: anywhere; min-width: 8rem; }
.counts tr > :first-child { text-align: left; padding-left: 0; }
.counts tr > :last-child { padding-right: 0; }
.counts tbody tr:last-child > * { border-bottom: 0; }
@media (max-width: 44rem) {
  .counts th, .counts td { padding-inline: .5rem; }
  .routes, .routes tbody, .routes tbody tr, .routes tbody td { display: block; }
  .routes thead { position: absolute; left: -100rem; }
  .routes { border-radius: .75rem; }
  .routes tbody tr { padding: .625rem 1rem; border-bottom: 1px solid var(--line); }
  .routes tbody td {
    display: grid; grid-template-columns: 7rem minmax(0, 1fr); gap: .5rem; padding: .125rem 0;
    border: 0;
  }
  .routes tbody td:first-child { display: block; }
  .routes tbody td:not(:first-child)::before {
    content: attr(data-name); color: var(--soft); font-size: var(--s);
  }
  .routes tbody td.none { display: none; }
  .numbers { gap: .75rem; }
  .numbers div { flex-basis: 8rem; padding: .75rem 1rem; }
  .numbers dd { font-size: 1.1875rem; }
  .amounts thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
  .amounts tr { display: block; padding: .5rem 0; border-bottom: 1px solid var(--line); }
  .amounts td, .amounts td:last-child {
    display: grid; grid-template-columns: 7rem minmax(0, 1fr); gap: .5rem; padding: .125rem 0;
    border: 0; text-align: left;
  }
  .amounts td::before { content: attr(data-name); color: var(--soft); font-size: .875rem; }
  .items { grid-template-columns: minmax(0, 1fr); }
  .tabs ul {
    flex-wrap: nowrap; overflow-x: auto; scrollbar-width: thin; padding: 0 1.5rem 0 .25rem;
    mask-image: linear-gradient(to left, transparent, #000 1.5rem);
  }
  .tabs a { padding: .625rem .5rem calc(.625rem - 2px); white-space: nowrap; }
  .tabs li:has(+ li > [aria-current]) { scroll-initial-target: nearest; }
  .tabs a:focus-visible { outline-offset: -.25rem; }
  .bar > div { column-gap: .75rem; }
  .person { flex: 1 1 11rem; justify-content: end; gap: .5rem; }
  main.card { padding: 1.5rem 1.25rem; }
}
`
