/** Facts about a key or an application: a name, a value, and times as people read them. */
import type { Child } from 'hono/jsx'
import { shownText } from '../../lib/shownText.ts'
import { isoTime } from '../../lib/time.ts'
import { FRAME } from '../words/frame.ts'
import { KEYS } from '../words/keys.ts'
import type { Words } from '../words.ts'

/** One entry of a description list. */
export function Fact({ name, children }: { name: string; children?: Child }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

/** In code points: the longest name of a key. */
const MAX_NAME = 100

/** A name that a person or a client has chosen, as one line without invisible characters. */
export const shownName = (text: string): string => shownText(text, MAX_NAME)

/** A day, whose exact time is in its attributes. `ms` is in epoch milliseconds. */
export function Day({ words, ms }: { words: Words; ms: number }) {
  return (
    <time datetime={isoTime(ms)} title={words.time(ms)}>
      {words.day(ms)}
    </time>
  )
}

/** How long ago something was; both times are epoch milliseconds. */
export function Ago({ words, ms, now }: { words: Words; ms: number; now: number }) {
  return (
    <time datetime={isoTime(ms)} title={words.time(ms)}>
      {words.ago(ms, now)}
    </time>
  )
}

/** When something was used last, in epoch milliseconds; null: never. */
export function LastUsed({ words, ms, now }: { words: Words; ms: number | null; now: number }) {
  return <>{ms === null ? words.say(KEYS.never) : <Ago words={words} ms={ms} now={now} />}</>
}

/** Says that a list shows only the latest rows, if it has as many as it can show. */
export function Latest({ words, count, most }: { words: Words; count: number; most: number }) {
  return <>{count < most ? null : <p class="soft">{words.say(FRAME.latest, { count: most })}</p>}</>
}

/** A sentence about what was just done, which screen readers say. */
export function Notice({ children }: { children?: Child }) {
  return (
    <p class="note" role="status">
      {children}
    </p>
  )
}

/** A text with a path, which is broken after a slash rather than within a word. */
export function Breakable({ text }: { text: string }) {
  const [first, ...others] = text.split(/(?<=\/)/)
  return (
    <>
      {first}
      {others.map((part) => (
        <>
          <wbr />
          {part}
        </>
      ))}
    </>
  )
}
