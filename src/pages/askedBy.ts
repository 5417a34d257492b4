/** Says in a mail who asked for it: the browser, the place and the time of a request. */
import { shownText } from '../lib/shownText.ts'
import { ASKED_BY } from './words/notices.ts'
import type { Words } from './words.ts'

/** The request that a mail is about. */
export interface RequestFacts {
  /** Like "Firefox, Windows"; "" if it is unknown. */
  browser: string
  /** Like "Izmir, TR", or the network of the address like "203.0.113.0/24"; "" if it is unknown. */
  place: string
  /** Epoch milliseconds. */
  at: number
}

/** In code points. */
const MAX_LENGTH = 80

/** The lines of a mail that name who asked, where and when. */
export function askedBy(words: Words, { browser, place, at }: RequestFacts): { lines: string[] } {
  const unknown = words.say(ASKED_BY.unknown)
  const known = (text: string) => shownText(text, MAX_LENGTH) || unknown
  return {
    lines: [
      words.say(ASKED_BY.who, { browser: known(browser) }),
      words.say(ASKED_BY.where, { place: known(place) }),
      words.say(ASKED_BY.when, { time: words.time(at) }),
    ],
  }
}
