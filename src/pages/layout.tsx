/** The layout of every page, and the headers that every page is sent with. */

import { raw } from 'hono/html'
import type { Child } from 'hono/jsx'
import { FRONT_PATH, OWN_PATHS } from '../config/ownPaths.ts'
import { randomHex } from '../lib/bytes.ts'
import { LOCALES } from '../lib/locale.ts'
import { shadesOf } from './colour.ts'
import { tabsOf } from './navigation.ts'
import { styleOf } from './style.ts'
import type { View } from './view.ts'
import { FRAME, LANGUAGE_NAMES } from './words/frame.ts'

export interface Page {
  status?: number
  title: string
  /** "card", the default, for one question; "wide" for pages of the dashboard. */
  width?: 'card' | 'wide'
  /** Whether the page asks for a decision, from which links of the dashboard would distract. */
  isAlone?: boolean
  /** Whether the page is shown once, so that a change of language would lose it. */
  isOnce?: boolean
  /** Paths of scripts below `/assets/`, which a page must work without. */
  scripts?: readonly string[]
  /** Paths of style sheets below `/assets/`. */
  styles?: readonly string[]
  /** Whether scripts may read the API's description and call the API. */
  connects?: boolean
  headers?: Record<string, string>
  /** Values of `Set-Cookie`. */
  cookies?: readonly string[]
  content: Child
}

/**
 * A whole page as HTML. It may be in no frame and no cache, and loads only assets: a script by the
 * page's nonce, the logo by the path of assets. The policy never says 'self', because the API has
 * the same host. It has no `form-action`, because browsers apply that directive to the redirect
 * that answers a form, and would block the redirect back to an OAuth client.
 */
export function page(view: View, parts: Page): Response {
  const { status = 200, title, width = 'card', headers, cookies = [], content } = parts
  const { scripts = [], styles = [], isAlone = false, isOnce = false } = parts
  const { site, person, words } = view
  const nonce = randomHex(16)
  const html = (
    <html lang={words.locale}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{`${title} · ${site.name}`}</title>
        <link rel="icon" href={site.logo} />
        {styles.map((path) => (
          <link rel="stylesheet" nonce={nonce} href={path} />
        ))}
        <style nonce={nonce}>{raw(styleOf(shadesOf(site)))}</style>
        {scripts.map((path) => (
          <script defer nonce={nonce} src={path} />
        ))}
      </head>
      <body>
        {width === 'card' ? null : (
          <a class="skip" href="#main">
            {words.say(FRAME.skip)}
          </a>
        )}
        <header class="bar">
          <div>
            <Brand site={site} isLink={width === 'wide'} />
            {person === null ? null : <PersonBar view={view} email={person.email} />}
          </div>
          {person === null || isAlone ? null : <Tabs view={view} />}
        </header>
        {width === 'card' ? <div class="space" /> : null}
        <main id="main" class={width}>
          <h1>{title}</h1>
          {content}
        </main>
        {width === 'card' ? <div class="space" /> : null}
        <Footer view={view} hasLanguages={!isOnce} />
      </body>
    </html>
  )
  const response = new Response(`<!doctype html>${html}`, {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-language': words.locale,
      'content-security-policy': policyOf(view, nonce, parts),
      'x-frame-options': 'DENY',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      ...headers,
    },
  })
  for (const cookie of cookies) response.headers.append('set-cookie', cookie)
  return response
}

function policyOf({ call }: View, nonce: string, { scripts = [], connects }: Page): string {
  const script = scripts.length > 0 ? ` script-src 'nonce-${nonce}';` : ''
  const connect = connects === true ? ` connect-src ${call.ownOrigin};` : ''
  const assets = `${call.ownOrigin}/assets/`
  return (
    `default-src 'none';${script}${connect} style-src 'nonce-${nonce}'; img-src ${assets}; ` +
    "base-uri 'none'; frame-ancestors 'none'"
  )
}

/** The site's name. On a card the first thing that the keyboard reaches is the card's question. */
function Brand({ site, isLink }: { site: View['site']; isLink: boolean }) {
  const content = (
    <>
      <img src={site.logo} alt="" width="28" height="28" />
      {site.name}
    </>
  )
  if (!isLink) return <span class="brand">{content}</span>
  return (
    <a class="brand" href={FRONT_PATH}>
      {content}
    </a>
  )
}

function PersonBar({ view: { words }, email }: { view: View; email: string }) {
  return (
    <form class="person" method="post" action={OWN_PATHS.signOut}>
      <bdi>{email}</bdi>
      <button type="submit" class="plain">
        {words.say(FRAME.signOut)}
      </button>
    </form>
  )
}

function Tabs({ view }: { view: View }) {
  const tabs = tabsOf(view)
  if (tabs.length === 0) return null
  return (
    <nav class="tabs" aria-label={view.words.say(FRAME.pages)}>
      <ul>
        {tabs.map(({ path, name, isHere }) => (
          <li>
            <a href={path} {...(isHere ? { 'aria-current': 'page' } : {})}>
              {name}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
}

function Footer({ view, hasLanguages }: { view: View; hasLanguages: boolean }) {
  const { site, words } = view
  const links = [
    [site.support, FRAME.support],
    [site.terms, FRAME.terms],
    [site.privacy, FRAME.privacy],
  ] as const
  return (
    <footer>
      <div>
        {links.every(([href]) => href === null) ? null : (
          <ul>
            {links.map(([href, name]) =>
              href === null ? null : (
                <li>
                  <a href={href}>{words.say(name)}</a>
                </li>
              ),
            )}
          </ul>
        )}
        {hasLanguages ? <LanguageForm view={view} /> : null}
      </div>
    </footer>
  )
}

/** The switch between languages, which posts `locale` and the page to come back to. */
function LanguageForm({ view: { back, words } }: { view: View }) {
  return (
    <form method="post" action={OWN_PATHS.language} aria-label={words.say(FRAME.language)}>
      {back === null ? null : <input type="hidden" name="back" value={back} />}
      {LOCALES.map((locale) => (
        <button
          type="submit"
          class="plain"
          name="locale"
          value={locale}
          lang={locale}
          {...(locale === words.locale ? { 'aria-current': 'true' } : {})}
        >
          {LANGUAGE_NAMES[locale]}
        </button>
      ))}
    </form>
  )
}
