/** HTTP/1.1 messages as bytes, and their parts (RFC 9112). A character stands for each byte. */

export type Field = readonly [name: string, value: string]

/** A message that has arrived. */
export interface Message {
  /** The request line without the version, or the status. */
  start: string
  /** By lower-case name; the values of a repeated field are joined (RFC 9110 section 5.3). */
  fields: Map<string, string>
  body: string
  /** Whether the body came to its end. */
  isWhole: boolean
}

/** Reads one message from the start of `text`; null while more has to come. */
export function readMessage(
  text: string,
  { isEnded, isBodiless }: { isEnded: boolean; isBodiless: boolean },
): { message: Message; rest: string } | null {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return null
  const [line = '', ...lines] = text.slice(0, end).split('\r\n')
  const start = line.startsWith('HTTP/') ? (line.split(' ')[1] ?? '') : line.replace(/ HTTP.*/, '')
  // Interim answers come before the answer.
  if (/^1\d\d$/.test(start)) return readMessage(text.slice(end + 4), { isEnded, isBodiless })
  const fields = new Map<string, string>()
  for (const one of lines) {
    const colon = one.indexOf(':')
    const name = one.slice(0, colon).toLowerCase()
    const value = one.slice(colon + 1).trim()
    fields.set(name, fields.has(name) ? `${fields.get(name)}, ${value}` : value)
  }
  const after = text.slice(end + 4)
  const done = (body: string, isWhole: boolean, rest: string) => {
    return { message: { start, fields, body, isWhole }, rest }
  }
  if (isBodiless || /^(?:204|304)$/.test(start)) return done('', true, after)
  if (fields.get('transfer-encoding') === 'chunked') {
    const { body, length } = unchunked(after)
    if (length === null) return isEnded ? done(body, false, '') : null
    return done(body, true, after.slice(length))
  }
  const isRequest = !/^\d{3}$/.test(start)
  const length = fields.get('content-length') ?? (isRequest ? '0' : undefined)
  if (length === undefined) return isEnded ? done(after, true, '') : null
  if (after.length >= Number(length))
    return done(after.slice(0, Number(length)), true, after.slice(Number(length)))
  return isEnded ? done(after, false, '') : null
}

/** The bytes of a chunked body, and the length of its coding; null if its end is missing. */
function unchunked(text: string): { body: string; length: number | null } {
  let body = ''
  for (let at = 0; ; ) {
    const line = text.indexOf('\r\n', at)
    if (line < 0) return { body, length: null }
    const size = Number.parseInt(text.slice(at, line), 16)
    if (size === 0) {
      const end = text.indexOf('\r\n\r\n', line)
      return { body, length: end < 0 ? null : end + 4 }
    }
    body += text.slice(line + 2, line + 2 + size)
    at = line + 2 + size + 2
    if (text.length < at) return { body, length: null }
  }
}

/** The head of a message. */
export function head(start: string, fields: readonly Field[]): string {
  return [start, ...fields.map(([name, value]) => `${name}:${value}`), '', ''].join('\r\n')
}

/** A body in chunks of these lengths, over and over; `trailers` are lines after the last chunk. */
export function chunked(body: string, lengths: readonly number[], trailers: string): string {
  let text = ''
  for (let at = 0, n = 0; at < body.length; n++) {
    const piece = body.slice(at, at + Math.max(1, lengths[n % lengths.length] ?? 1))
    text += `${piece.length.toString(16)}\r\n${piece}\r\n`
    at += piece.length
  }
  return `${text}0\r\n${trailers}\r\n`
}
