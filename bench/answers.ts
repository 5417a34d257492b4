/**
 * Reads HTTP/1.1 answers from the chunks of one connection that has one request on the way at a
 * time.
 */

export interface WireAnswer {
  status: number
  /** The status line and the headers, as they came. */
  head: string
  /** Empty unless the body is kept. */
  body: string
}

const END_OF_HEAD = '\r\n\r\n'
const LINE_END = '\r\n'

/**
 * A reader of one connection. It returns an answer with the chunk that completes it, and otherwise
 * null.
 */
export function createAnswerReader(keepsBody: boolean) {
  let head = ''
  let isInHead = true
  /** Bytes that have come and are not read yet: of the head, or of a chunked body. */
  let pending: Buffer = Buffer.alloc(0)
  /** Bytes of the body to come; null: the body is chunked. */
  let left: number | null = 0
  let body: Buffer[] = []

  function push(chunk: Buffer): WireAnswer | null {
    if (!isInHead && left !== null) return take(chunk)
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
    if (!isInHead) return takeChunks()
    const end = pending.indexOf(END_OF_HEAD)
    if (end < 0) return null
    head = pending.toString('latin1', 0, end + LINE_END.length)
    const rest = pending.subarray(end + END_OF_HEAD.length)
    pending = Buffer.alloc(0)
    isInHead = false
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
    if (length !== undefined) {
      left = Number(length)
      return take(rest)
    }
    left = null
    if (!/\r\ntransfer-encoding: *chunked/i.test(head)) throw new Error(`no framing: ${head}`)
    pending = rest
    return takeChunks()
  }

  function take(chunk: Buffer): WireAnswer | null {
    if (keepsBody) body.push(chunk)
    left = (left ?? 0) - chunk.length
    return left > 0 ? null : finish()
  }

  function takeChunks(): WireAnswer | null {
    for (;;) {
      const end = pending.indexOf(LINE_END)
      if (end < 0) return null
      const size = Number.parseInt(pending.toString('latin1', 0, end), 16)
      const start = end + LINE_END.length
      if (pending.length < start + size + LINE_END.length) return null
      if (keepsBody) body.push(pending.subarray(start, start + size))
      pending = pending.subarray(start + size + LINE_END.length)
      if (size === 0) return finish()
    }
  }

  function finish(): WireAnswer {
    const answer = {
      status: Number(head.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length)),
      head,
      body: Buffer.concat(body).toString(),
    }
    isInHead = true
    pending = Buffer.alloc(0)
    body = []
    return answer
  }

  return push
}
