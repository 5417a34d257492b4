/** Server-sent events on the wire (HTML standard, section 9.2), one at a time. */

export interface StreamEvent {
  /** Exactly as it came, with the blank line that ends it. */
  raw: string
  /** "message" unless the event says otherwise. */
  type: string
  /** Whether there is something in it: a comment or a bare id has nothing. */
  hasData: boolean
}

/** The longest event that is read, in UTF-16 code units. */
const MAX_EVENT_LENGTH = 1_048_576
const LINE_END = /\r\n|\n|\r/
const BLANK_LINE = /(?:\r\n|\n|\r(?!\n))(?:\r\n|\n|\r(?!\n))/g

/**
 * A body's events as they come. What is left at its end without a blank line is an event too: who reads the
 * stream as text has had it. Throws when the body breaks off, and for an event that does not end.
 */
export async function* eventsOf(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<StreamEvent, void> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of chunks) {
    // A border may lie across two chunks; what was searched before need not be again.
    BLANK_LINE.lastIndex = Math.max(0, rest.length - 3)
    rest += decoder.decode(chunk, { stream: true })
    let start = 0
    for (let end = BLANK_LINE.exec(rest); end !== null; end = BLANK_LINE.exec(rest)) {
      yield readEvent(rest.slice(start, BLANK_LINE.lastIndex))
      start = end.index + end[0].length
      BLANK_LINE.lastIndex = start
    }
    rest = rest.slice(start)
    if (rest.length > MAX_EVENT_LENGTH) throw new Error('an event of the stream is too long')
  }
  rest += decoder.decode()
  // What is cut after "\r" leaves its "\n" behind, which is no event.
  if (rest !== '') yield readEvent(rest.trim() === '' ? rest : `${rest}\n\n`)
}

function readEvent(raw: string): StreamEvent {
  let type = 'message'
  let hasData = false
  for (const line of raw.split(LINE_END)) {
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    if (field === 'data') hasData = true
    if (field === 'event') type = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
  }
  return { raw, type: type || 'message', hasData }
}

/** An event of our own: its data is one line of JSON. */
export function eventText(type: string, data: object): string {
  return `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`
}
