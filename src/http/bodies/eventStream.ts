/** Reads and writes server-sent events (HTML standard, section 9.2), one at a time. */

export interface StreamEvent {
  /**
   * The event's text as the origin sent it, with the blank line that ends it (added if missing).
   */
  raw: string
  /** The event's type: "message" if the event names none. */
  type: string
  /** Whether the event has a `data` field. A comment or a lone `id` has none. */
  hasData: boolean
}

/** The longest event that is read, in UTF-16 code units. */
const MAX_EVENT_LENGTH = 1_048_576
const LINE_END = /\r\n|\n|\r/
const BLANK_LINE = /(?:\r\n|\n|\r(?!\n))(?:\r\n|\n|\r(?!\n))/g

/**
 * The events of a body, each as soon as it is complete. Text without a final blank line at the end
 * of the body is an event too, because a caller that reads the stream as text receives it. Throws
 * if the body breaks off, or if an event grows longer than 1,048,576 UTF-16 code units.
 */
export async function* eventsOf(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<StreamEvent, void> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of chunks) {
    // A blank line may lie across two chunks, so the search begins 3 characters before the new
    // text.
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
  // A "\r\n" cut between two chunks leaves a "\n" behind: white space alone is passed on unchanged.
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

/** The text of an event that the gateway sends itself; its data is one line of JSON. */
export function eventText(type: string, data: object): string {
  return `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`
}
