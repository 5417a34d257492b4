/** Advice where people make keys: how to keep them, and how to replace one. */

import { KEY_CARE } from '../words/keys.ts'
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

/** How to replace a key without downtime. */
export function Rotation({ words }: { words: Words }) {
  return (
    <section class="panel">
      <h2>{words.say(KEY_CARE.rotateTitle)}</h2>
      <ol class="advice">
        <li>{words.say(KEY_CARE.rotateCreate)}</li>
        <li>{words.say(KEY_CARE.rotateDeploy)}</li>
        <li>{words.say(KEY_CARE.rotateVerify)}</li>
        <li>{words.say(KEY_CARE.rotateRevoke)}</li>
      </ol>
    </section>
  )
}
