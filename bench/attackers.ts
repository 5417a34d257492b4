/**
 * Sends the same request on some connections, as fast as it is answered, in a thread of its own:
 * what the attackers' answers cost their sender must not count as latency of somebody else.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { openLoad } from './load.ts'

/** The data of the thread. */
export interface Attack {
  port: number
  request: Uint8Array
  connections: number
}

/** Messages of the thread: "refused" once, with the first 429; and in the end the number sent. */
export type AttackNews = 'refused' | { sent: number }

const { port, request, connections } = workerData as Attack
let isRefused = false
let isOver = false
const load = await openLoad(
  {
    port,
    next: () => Buffer.from(request),
    status: null,
    onAnswer(status) {
      if (status !== 429 || isRefused) return
      isRefused = true
      parentPort?.postMessage('refused' satisfies AttackNews)
    },
  },
  connections,
)
parentPort?.once('message', () => {
  isOver = true
})
let sent = 0
for (; !isOver; sent += connections) await load.send(connections)
load.close()
parentPort?.postMessage({ sent } satisfies AttackNews)
