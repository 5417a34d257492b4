/** The page of an account's API keys: the list, the form for a new one, and how to keep them. */
import type { LatelyUsed } from '../../contract/heartbeat.ts'
import type { Sentence } from '../../lib/locale.ts'
import { shownText } from '../../lib/shownText.ts'
import type { KeyListing } from '../../store/keys/apiKeyStatements.ts'
import { MOST_LISTED } from '../../store/listed.ts'
import { page } from '../layout.tsx'
import type { View } from '../view.ts'
import { KEYS, NAME_FAULTS } from '../words/keys.ts'
import { Day, Fact, LastUsed, Latest, Notice, shownName } from './facts.tsx'
import { KeyCare, Rotation } from './keyCare.tsx'
import { DASHBOARD_PATHS } from './paths.ts'

/** A name that was typed into the form and is none. */
export interface RefusedName {
  typed: string
  fault: keyof typeof NAME_FAULTS
}

export interface KeysPage {
  keys: readonly KeyListing[]
  /** How often each credential was used in the last hour; null: not known. */
  lately: LatelyUsed | null
  /** How many active keys the account may have. */
  limit: number
  /** Names the form, so that the same form makes only one key. */
  token: string
  /** Epoch milliseconds. */
  now: number
  /** Whether a key was just revoked. */
  isRevoked: boolean
  refused?: RefusedName | undefined
}

/** In characters. The name itself is checked when it is posted. */
const MAX_TYPED = 400

/** The page; with `refused`: status 400, and the complaint at the field. */
export function keysPage(view: View, parts: KeysPage): Response {
  const { keys, lately, limit, now, isRevoked, refused } = parts
  const { words } = view
  const active = keys.filter(({ isActive }) => isActive)
  const isCut = keys.length >= limit + MOST_LISTED.endedKeys
  const ended = keys.filter(({ isActive }) => !isActive)
  const content = (
    <>
      <p class="lead">{words.say(KEYS.lead)}</p>
      {isRevoked ? <Notice>{words.say(KEYS.revoked)}</Notice> : null}
      {active.length >= limit ? (
        <p class="warning">{words.say(KEYS.full, { limit })}</p>
      ) : (
        <NewKey view={view} token={parts.token} refused={refused} />
      )}
      {active.length === 0 ? (
        <section class="panel empty">
          <h2>{words.say(ended.length === 0 ? KEYS.emptyTitle : KEYS.noneActiveTitle)}</h2>
          <p class="soft">{words.say(KEYS.empty)}</p>
        </section>
      ) : (
        <section>
          <h2>
            {words.say(KEYS.list)}{' '}
            <span class="badge">{words.say(KEYS.activeOf, { count: active.length, limit })}</span>
          </h2>
          <KeyList view={view} keys={active} lately={lately} now={now} />
        </section>
      )}
      <KeyCare words={words} />
      <Rotation words={words} keys={active} lately={lately} />
      {ended.length === 0 ? null : (
        <details>
          <summary>
            {words.say(KEYS.ended)} ({words.number(ended.length)}
            {isCut ? '+' : ''})
          </summary>
          {isCut ? <Latest words={words} count={ended.length} most={ended.length} /> : null}
          <KeyList view={view} keys={ended} lately={null} now={now} />
        </details>
      )}
    </>
  )
  const status = refused === undefined ? 200 : 400
  return page(view, { status, title: words.say(KEYS.title), width: 'wide', content })
}

function NewKey({ view: { words }, token, refused }: { view: View } & NewKeyParts) {
  const complaint: Sentence | null = refused === undefined ? null : NAME_FAULTS[refused.fault]
  const invalid = complaint === null ? {} : { 'aria-invalid': 'true' as const }
  const describedBy = complaint === null ? 'name-hint' : 'name-hint refused'
  return (
    <section class="panel">
      <h2>{words.say(KEYS.newTitle)}</h2>
      <form method="post" action={DASHBOARD_PATHS.createKey}>
        <input type="hidden" name="token" value={token} />
        <label for="name">{words.say(KEYS.name)}</label>
        {complaint === null ? null : (
          <p id="refused" class="error">
            {words.say(complaint)}
          </p>
        )}
        <div class="row">
          <div>
            <input
              id="name"
              type="text"
              name="name"
              required
              autocomplete="off"
              maxlength={MAX_TYPED}
              value={shownText(refused?.typed ?? '', MAX_TYPED)}
              aria-describedby={describedBy}
              {...invalid}
            />
          </div>
          <button type="submit">{words.say(KEYS.create)}</button>
        </div>
        <p id="name-hint" class="soft last">
          {words.say(KEYS.nameHint)}
        </p>
      </form>
    </section>
  )
}

interface NewKeyParts {
  token: string
  refused: RefusedName | undefined
}

interface KeyListParts {
  view: View
  lately: LatelyUsed | null
  now: number
}

function KeyList({ keys, ...parts }: KeyListParts & { keys: readonly KeyListing[] }) {
  return (
    <ul class="items">
      {keys.map((key) => (
        <KeyItem item={key} {...parts} />
      ))}
    </ul>
  )
}

function KeyItem({ view: { words }, item, lately, now }: KeyListParts & { item: KeyListing }) {
  const { id, prefix, isActive, createdAt, lastUsedAt, requests, expiresAt } = item
  const name = shownName(item.name)
  return (
    <li>
      <div>
        <h3>
          <bdi>{name}</bdi>
        </h3>
        <code>{prefix}…</code>{' '}
        <span class={isActive ? 'badge good' : 'badge'}>
          {words.say(isActive ? KEYS.active : KEYS.inactive)}
        </span>
      </div>
      <dl class="facts">
        <Fact name={words.say(KEYS.created)}>
          <Day words={words} ms={createdAt} />
        </Fact>
        <Fact name={words.say(KEYS.lastUsed)}>
          <LastUsed words={words} ms={lastUsedAt} now={now} />
        </Fact>
        <Fact name={words.say(KEYS.calls)}>{words.number(requests)}</Fact>
        {lately === null ? null : (
          <Fact name={words.say(KEYS.lastHour)}>{words.number(lately[`key ${id}`] ?? 0)}</Fact>
        )}
        {expiresAt === null ? null : (
          <Fact name={words.say(KEYS.expires)}>
            <Day words={words} ms={expiresAt} />
          </Fact>
        )}
      </dl>
      {isActive ? (
        <a
          class="button second"
          href={`${DASHBOARD_PATHS.revokeKey}?id=${id}`}
          aria-label={words.say(KEYS.revokeNamed, { name })}
        >
          {words.say(KEYS.revoke)}
        </a>
      ) : null}
    </li>
  )
}
