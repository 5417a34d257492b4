/** Runs the code of a config file in a thread of its own, so that it cannot end the process. */
import { Worker } from 'node:worker_threads'

/** An error of the code, as far as it can be handed over. */
export interface RunError {
  name: string
  message: string
}

/** The outcome of the code: its default export, its error, or the status that it ended with. */
export type Ran = { exported: unknown } | { error: RunError } | { exitCode: number }

/** The code may run for so long; it only describes a table. */
const LONGEST_MS = 30_000

/** Imports a module and hands over its default export, or its error. */
const SCRIPT = `
const { parentPort, workerData } = require('node:worker_threads')
const say = (ran) => parentPort.postMessage(ran)
const told = (error) => error instanceof Error
  ? { name: error.name, message: error.message }
  : { name: '', message: String(error) }
import(workerData).then(({ default: exported }) => {
  // A value that is no data, such as a function, cannot be handed over, and is no config.
  try { say({ exported }) } catch { say({ exported: undefined }) }
}, (error) => say({ error: told(error) }))
`

/**
 * Runs the source of an ES module, and ends its thread, so that no timer of the code goes on. A
 * data URL names the source, because Node remembers a module of a file for as long as it runs.
 */
export async function runModule(source: string, longestMs = LONGEST_MS): Promise<Ran> {
  const workerData = `data:text/javascript;base64,${Buffer.from(source).toString('base64')}`
  const thread = new Worker(SCRIPT, { eval: true, workerData })
  const { promise, resolve } = Promise.withResolvers<Ran>()
  thread.once('message', resolve)
  thread.once('error', (error: unknown) => {
    const { name, message } = error instanceof Error ? error : new Error(String(error))
    resolve({ error: { name, message } })
  })
  thread.once('exit', (exitCode) => resolve({ exitCode }))
  const tooLong = { name: '', message: `The config's code runs for more than ${longestMs} ms.` }
  const timer = setTimeout(() => resolve({ error: tooLong }), longestMs)
  const ran = await promise
  clearTimeout(timer)
  await thread.terminate()
  return ran
}
