/** Advice where people make keys: how to keep them, and how to replace one. */
import type { LatelyUsed } from '../../contract/heartbeat.ts'
import type { KeyListing } from '../../store/keys/apiKeyStatements.ts'
import { KEY_CARE, USED_LATELY } from '../words/keys.ts'
import type { Words } from '../words.ts'

/** How to keep keys. */
export function KeyCare({ words }: { words: Words }) {
  return (
    <section class="panel">
      <h2>{words.say(KEY_CARE.title)}</h2>
      <ul class="advice">
        <li>{words.say(KEY_CARE.environment)}</li>
        <li>{words.say(KEY_CARE.each)}</li>
        <li>{words.show(KEY_CARE.header, { header: <code>x-api-key</code> })}</li>
      </ul>
    </section>
  )
}

/** The most old keys that are named. */
const MOST_NAMED = 5

/**
 * How to replace a key without downtime. `keys` are the active ones, the newest first; `lately` is
 * how often each credential was used in the last hour, null if that is not known.
 */
export function Rotation({
  words,
  keys,
  lately,
}: {
  words: Words
  keys: readonly KeyListing[]
  lately: LatelyUsed | null
}) {
  const used = keys
    .slice(1)
    .map(({ id, name }) => ({ name, count: lately?.[`key ${id}`] ?? 0 }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count)
    .slice(0, MOST_NAMED)
  return (
    <section class="panel">
      <h2>{words.say(KEY_CARE.rotateTitle)}</h2>
      <ol class="advice">
        <li>{words.say(KEY_CARE.rotateCreate)}</li>
        <li>{words.say(KEY_CARE.rotateDeploy)}</li>
        <li>
          {words.say(KEY_CARE.rotateVerify)}
          {lately === null || keys.length < 2 ? null : (
            <ul class="found">
              {used.length === 0 ? <li>{words.say(KEY_CARE.rotateQuiet)}</li> : null}
              {used.map(({ name, count }) => (
                <li>
                  {words.showCount(
                    USED_LATELY.older,
                    count,
                    <strong>
                      <bdi>{name}</bdi>
                    </strong>,
                  )}
                </li>
              ))}
            </ul>
          )}
        </li>
        <li>{words.say(KEY_CARE.rotateRevoke)}</li>
      </ol>
    </section>
  )
}
