/** The page of usage: totals, and the calls of each key. */
import type { KeyListing } from '../../store/keys/apiKeyStatements.ts'
import { page } from '../layout.tsx'
import type { View } from '../view.ts'
import { KEYS } from '../words/keys.ts'
import { USAGE } from '../words/usage.ts'
import { Fact, LastUsed, nameOf } from './facts.tsx'
import { DASHBOARD_PATHS } from './paths.ts'

/** The page. `now` is in epoch milliseconds. */
export function shownUsage(
  view: View,
  { keys, now }: { keys: readonly KeyListing[]; now: number },
): Response {
  const { words } = view
  const total = keys.reduce((sum, { requests }) => sum + requests, 0)
  const last = keys.reduce((latest, { lastUsedAt }) => Math.max(latest, lastUsedAt ?? 0), 0)
  const content = (
    <>
      <p class="lead">{words.say(USAGE.lead)}</p>
      <dl class="numbers">
        <Fact name={words.say(USAGE.total)}>{words.number(total)}</Fact>
        <Fact name={words.say(USAGE.activeKeys)}>
          {words.number(keys.filter(({ isActive }) => isActive).length)}
        </Fact>
        <Fact name={words.say(USAGE.last)}>
          <LastUsed words={words} ms={last === 0 ? null : last} now={now} />
        </Fact>
      </dl>
      {keys.length === 0 ? (
        <section class="panel empty">
          <p>{words.say(USAGE.none)}</p>
          <p>
            <a class="button" href={DASHBOARD_PATHS.keys}>
              {words.say(KEYS.newTitle)}
            </a>
          </p>
        </section>
      ) : (
        <section>
          <h2>{words.say(USAGE.byKey)}</h2>
          <ul class="items">
            {keys.map(({ name, prefix, isActive, requests, lastUsedAt }) => (
              <li>
                <div>
                  <h3>
                    <bdi>{nameOf(name)}</bdi>
                  </h3>
                  <code>{prefix}…</code>{' '}
                  {isActive ? null : <span class="badge">{words.say(KEYS.inactive)}</span>}
                </div>
                <dl class="facts">
                  <Fact name={words.say(KEYS.calls)}>{words.number(requests)}</Fact>
                  <Fact name={words.say(KEYS.lastUsed)}>
                    <LastUsed words={words} ms={lastUsedAt} now={now} />
                  </Fact>
                </dl>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  )
  return page(view, { title: words.say(USAGE.title), width: 'wide', content })
}
