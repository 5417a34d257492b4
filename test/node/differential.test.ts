/**
 * The same requests, byte for byte, sent to an origin and to the gateway before it. Both must see
 * the same, but for the differences that docs/proxying.md states.
 */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  BROKEN,
  DIFFERENCES,
  FRAMING,
  type Lab,
  REFUSALS,
  UNIQUE,
} from '../support/node/differential/differences.ts'
import { type Exchange, startLab } from '../support/node/differential/exchange.ts'
import { type Body, CASES } from '../support/node/differential/grammar.ts'
import type { Message } from '../support/node/differential/messages.ts'
import { startWorkers } from '../support/node/workers.ts'

/** How many exchanges are under way at a time. */
const PARALLEL = 12

let workers: Awaited<ReturnType<typeof startWorkers>>
let lab: Awaited<ReturnType<typeof startLab>>
const exchanges: { direct: Exchange; through: Exchange }[] = []

beforeAll(async () => {
  lab = await startLab(CASES)
  const entry = 'test/support/worker/differentialGateway.ts'
  workers = await startWorkers(lab.url, 'http://127.0.0.1:1', entry)
  const token = await workers.signIn('lab@example.com')
  let next = 0
  const work = async () => {
    for (let index = next++; index < CASES.length; index = next++) {
      const direct = await lab.ask(index, lab.url, token)
      exchanges[index] = { direct, through: await lab.ask(index, workers.url, token) }
    }
  }
  await Promise.all(Array.from({ length: PARALLEL }, work))
}, 60_000)

afterAll(async () => {
  await workers?.end()
  await lab?.end()
})

/** The parts of a message that are compared. */
function compared(message: Message | null | undefined) {
  if (message == null) return null
  const fields = [...message.fields].flatMap(([name, value]) => {
    if (FRAMING.test(name)) return []
    return [[name, UNIQUE.test(name) && value !== '' ? 'unique' : value]]
  })
  return { ...message, fields: Object.fromEntries(fields.sort()) }
}

/** The message that has to come through, by the table of differences. */
function expected(side: 'request' | 'answer', index: number) {
  const message = exchanges[index]?.direct[side]
  if (message == null) throw new Error(`case ${index} did not happen`)
  const copy: Message = { ...message, fields: new Map(message.fields) }
  const isSignedIn = CASES[index]?.isSignedIn === true
  const at: Lab = { origin: lab.url, gateway: new URL(workers.url).host, isSignedIn }
  for (const difference of DIFFERENCES) difference[side]?.(copy, at)
  return compared(copy)
}

const refusalOf = (index: number) =>
  REFUSALS.find(({ target }) => target.test(CASES[index]?.target ?? ''))

const numbers = CASES.map((_, index) => index)

describe('through the gateway', () => {
  it('are more than 300 exchanges of every kind', () => {
    expect(CASES.length).toBeGreaterThan(300)
    expect(new Set(CASES.map(({ method }) => method)).size).toBe(7)
    expect(CASES.filter(({ body }) => body?.framing === 'chunked').length).toBeGreaterThan(20)
    expect(CASES.filter(({ answer }) => answer.isCut).length).toBeGreaterThan(10)
    expect(CASES.filter(({ isSignedIn }) => isSignedIn).length).toBeGreaterThan(80)
    const early = CASES.filter(({ answer }) => answer.isEarly)
    expect(early.length).toBeGreaterThan(10)
    const isLong = (body: Body | null) => (body?.bytes.length ?? 0) > 50_000
    expect(early.filter(({ answer }) => isLong(answer.body)).length).toBeGreaterThan(3)
    expect(early.filter(({ body }) => isLong(body)).length).toBeGreaterThan(3)
  })

  it.each(numbers)('the origin gets the same request, or none: case %i', (index) => {
    const { through, direct } = exchanges[index] ?? {}
    if (refusalOf(index)) return expect(through?.request).toBeNull()
    // An early answer may be the end of a connection, whose request then does not arrive whole.
    const mayBreakOff = CASES[index]?.answer.isEarly === true
    if (mayBreakOff && (direct?.request == null || through?.request == null)) return
    const request = compared(through?.request)
    const whole = expected('request', index)
    if (mayBreakOff && request && whole && !(request.isWhole && whole.isWhole)) {
      const [short = '', long = ''] = [request.body, whole.body].sort((a, b) => a.length - b.length)
      expect(long.startsWith(short)).toBe(true)
      Object.assign(whole, { body: request.body, isWhole: request.isWhole })
    }
    expect(request).toEqual(whole)
  })

  it.each(numbers)('the client gets the same answer: case %i', (index) => {
    const answer = exchanges[index]?.through.answer
    const refusal = refusalOf(index)
    if (refusal) return expect(answer?.start).toBe(String(refusal.status))
    const direct = exchanges[index]?.direct.answer
    if (direct && BROKEN.matches(direct)) return expect(answer?.start).toBe(String(BROKEN.status))
    const cut = compared(answer)
    const whole = expected('answer', index)
    // The last bytes of an answer that breaks off may be lost with its connection.
    if (cut && direct?.isWhole === false && whole?.body.startsWith(cut.body)) whole.body = cut.body
    expect(cut).toEqual(whole)
  })
})

it('every difference is stated in docs/proxying.md', () => {
  const page = readFileSync('docs/proxying.md', 'utf8').replace(/\s+/g, ' ')
  for (const { stated } of [...DIFFERENCES, ...REFUSALS, BROKEN]) expect(page).toContain(stated)
})
