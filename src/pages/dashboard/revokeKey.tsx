/** The question before a key is revoked. */
import type { KeyListing } from '../../store/keys/apiKeyStatements.ts'
import { page } from '../layout.tsx'
import type { View } from '../view.ts'
import { REVOKE_KEY } from '../words/createdKey.ts'
import { KEYS, USED_LATELY } from '../words/keys.ts'
import { Day, Fact } from './facts.tsx'
import { DASHBOARD_PATHS } from './paths.ts'

export interface RevokePage {
  key: KeyListing
  /** How often the key was used in the last hour; null: not known. */
  lastHour: number | null
  /** Epoch milliseconds. */
  now: number
}

/** The page, whose form posts the key's `id`. */
export function revokePage(view: View, { key, lastHour, now }: RevokePage): Response {
  const { words } = view
  const { id, name, prefix, createdAt, lastUsedAt, requests } = key
  const content = (
    <>
      <p>{words.say(REVOKE_KEY.forever)}</p>
      {lastUsedAt === null ? (
        <p class="note">{words.say(REVOKE_KEY.neverUsed)}</p>
      ) : (
        <p class="warning">
          <strong>{words.say(REVOKE_KEY.usedLately, { ago: words.ago(lastUsedAt, now) })}</strong>
          {lastHour === null ? null : ` ${words.count(USED_LATELY.this, lastHour)}`}
        </p>
      )}
      <dl>
        <Fact name={words.say(KEYS.name)}>
          <bdi>{name}</bdi> <code>{prefix}…</code>
        </Fact>
        <Fact name={words.say(KEYS.created)}>
          <Day words={words} ms={createdAt} />
        </Fact>
        <Fact name={words.say(KEYS.calls)}>{words.number(requests)}</Fact>
      </dl>
      <form method="post" action={DASHBOARD_PATHS.revokeKey}>
        <input type="hidden" name="id" value={id} />
        <div class="choices">
          <a class="button second" href={DASHBOARD_PATHS.keys}>
            {words.say(REVOKE_KEY.keep)}
          </a>
          <button type="submit" class="danger">
            {words.say(REVOKE_KEY.confirm)}
          </button>
        </div>
      </form>
    </>
  )
  return page(view, { title: words.say(REVOKE_KEY.title), content })
}
