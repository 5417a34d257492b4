/** The page that shows a new key, the only one that ever does. */
import { page } from '../layout.tsx'
import type { View } from '../view.ts'
import { CREATED_KEY } from '../words/createdKey.ts'
import { shownName } from './facts.tsx'
import { KeyCare } from './keyCare.tsx'
import { DASHBOARD_PATHS } from './paths.ts'

export interface CreatedKeyPage {
  name: string
  fullKey: string
  /** A GET that the key may make; null if there is none. */
  example: { url: string; header: string } | null
}

/** The page, with lines to paste into a shell. Only copying needs the script. */
export function createdKeyPage(view: View, { name, fullKey, example }: CreatedKeyPage): Response {
  const { words } = view
  const content = (
    <>
      <p class="warning">
        <strong>{words.say(CREATED_KEY.once)}</strong>
      </p>
      <section class="panel">
        <h2>
          <bdi>{words.say(CREATED_KEY.key, { name: shownName(name) })}</bdi>
        </h2>
        <Copied view={view} id="key" text={fullKey} what={shownName(name)} />
      </section>
      {example === null ? null : (
        <section class="panel">
          <h2>{words.say(CREATED_KEY.tryTitle)}</h2>
          <p class="soft">{words.say(CREATED_KEY.tryLead)}</p>
          {linesOf(fullKey, example).map(([what, text]) => (
            <>
              <h3>{what}</h3>
              <Copied view={view} id={what.toLowerCase()} text={text} what={what} />
            </>
          ))}
        </section>
      )}
      <KeyCare words={words} />
      <p>
        <a class="button" href={DASHBOARD_PATHS.keys}>
          {words.say(CREATED_KEY.done)}
        </a>
      </p>
    </>
  )
  const title = words.say(CREATED_KEY.title)
  const scripts = ['/assets/copy.js']
  return page(view, { title, width: 'wide', isOnce: true, scripts, content })
}

/** Lines of a shell that make the call, by what they use. No value has a quote in it. */
function linesOf(key: string, { url, header }: { url: string; header: string }) {
  const node =
    `fetch("${url}",{headers:{"${header}":"${key}"}})` +
    '.then(async(r)=>console.log(r.status,await r.text()))'
  const python =
    'import urllib.request as u; ' +
    `print(u.urlopen(u.Request("${url}",headers={"${header}":"${key}"})).read().decode())`
  return [
    ['curl', `curl '${url}' -H '${header}: ${key}'`],
    ['Node', `node -e '${node}'`],
    ['Python', `python3 -c '${python}'`],
  ] as const
}

/** A text with a button that copies it, which only the script shows. */
function Copied({ view, id, text, what }: { view: View; id: string; text: string; what: string }) {
  const { say } = view.words
  return (
    <div class="copied">
      <pre id={id}>{text}</pre>
      <button
        type="button"
        class="second"
        hidden
        data-copy={id}
        data-done={say(CREATED_KEY.copied)}
        aria-label={say(CREATED_KEY.copyWhat, { what })}
      >
        {say(CREATED_KEY.copy)}
      </button>
    </div>
  )
}
