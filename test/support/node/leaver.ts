/**
 * A client that leaves before it has its answer. It resets its connection, because a Worker that
 * runs by itself notices an orderly end only when it writes.
 */
import { get } from 'node:http'
import { Readable } from 'node:stream'

/** Calls a URL, and leaves after `afterMs` milliseconds if there is no answer: then it rejects. */
export function fetchOrLeave(
  url: string,
  headers: Record<string, string>,
  afterMs: number,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = get(url, { headers, agent: false })
    const leaves = setTimeout(() => request.socket?.resetAndDestroy(), afterMs)
    request.once('error', reject)
    request.once('response', (answer) => {
      clearTimeout(leaves)
      const { statusCode: status = 0, headersDistinct } = answer
      const lines = Object.entries(headersDistinct).flatMap(([name, values = []]) =>
        values.map((value): [string, string] => [name, value]),
      )
      const body = status === 204 ? null : (Readable.toWeb(answer) as ReadableStream)
      resolve(new Response(body, { status, headers: lines }))
    })
  })
}
