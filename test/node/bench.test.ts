/** The bench works: its subjects answer as they must, its report is whole. Nothing is timed. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BenchSettings, type Findings, runBench } from '../../bench/bench.ts'
import { createPinning } from '../../bench/cpu.ts'
import { type Ground, startGround } from '../../bench/ground.ts'
import { manyKeysRatio } from '../../bench/manyKeys.ts'
import { loadNow, reportOf, tableText } from '../../bench/report.ts'
import { probe } from '../../bench/rounds.ts'
import { estimate } from '../../bench/stats.ts'
import { floorsOf, oursOf } from '../../bench/subjects.ts'

const SETTINGS: BenchSettings = {
  rounds: 1,
  requests: 32,
  warmUp: 0,
  lastRoundAfterMs: 60_000,
  starts: 1,
  charges: 0,
  vouchers: 0,
  lookUpRounds: 0,
  peers: false,
  isPinned: false,
  only: null,
}

describe('on the ground of the bench', () => {
  let ground: Ground
  beforeAll(async () => {
    ground = await startGround(createPinning(false), 10)
  })
  afterAll(() => ground.end())

  it.each([
    ['402', 402, /www-authenticate: Payment id=/i],
    ['warm key → origin', 200, /ratelimit: "read";r=\d+/i],
    ['warm session → origin', 200, /ratelimit: "read";r=\d+/i],
    ['warm token → origin', 200, /ratelimit: "read";r=\d+/i],
    ['warm key → /mcp', 200, /ratelimit: "mcp";r=\d+/i],
    ['warm token → /mcp', 200, /ratelimit: "mcp";r=\d+/i],
    ['cold key → origin', 200, /content-security-policy: sandbox/i],
    ['junk key 401', 401, /www-authenticate: ApiKey /i],
    ['revoked key 401', 401, /www-authenticate: ApiKey /i],
    ['limited write 429', 429, /retry-after: \d+/i],
    ['events, by key', 200, /content-type: text\/event-stream/i],
    ['1 MiB down, by key', 200, /content-length: 1048576/i],
    ['1 MiB up, by key', 200, /ratelimit: "write";r=\d+/i],
    ['/openapi.json', 200, /content-type: application\/json/i],
  ])('the gateway answers: %s', async (name, status, header) => {
    const subject = oursOf(ground.requests).find((one) => one.name === `ours: ${name}`)
    if (subject === undefined) throw new Error('there is no such subject')
    const answer = await probe(subject, ground.serverOf(subject.server))
    expect(answer.status).toBe(status)
    expect(answer.head).toMatch(header)
  })

  it.each([
    ['constant 402', 'ours: 402'],
    ['constant 401', 'ours: junk key 401'],
    ['constant 429', 'ours: limited write 429'],
  ])('%s has the headers and as many bytes as %s', async (constant, ours) => {
    const all = [...floorsOf(ground.requests), ...oursOf(ground.requests)]
    const [floor, own] = await Promise.all(
      [constant, ours].map(async (name) => {
        const subject = all.find((one) => one.name === name)
        if (subject === undefined) throw new Error(`there is no ${name}`)
        return probe(subject, ground.serverOf(subject.server))
      }),
    )
    const namesOf = (head = '') => [...head.matchAll(/^([^:\r\n]+):/gm)].map(([, name]) => name)
    expect(namesOf(floor?.head).sort()).toEqual(namesOf(own?.head).sort())
    expect(Math.abs((floor?.body.length ?? 0) - (own?.body.length ?? 0))).toBeLessThan(5)
  })
})

it('finds keys with the statement of the gateway, among few and among many', async () => {
  const { value } = await manyKeysRatio(1, { accounts: 20, keys: 2_000 })
  expect(value).toBeGreaterThan(0)
})

describe('a run', () => {
  let findings: Findings
  beforeAll(async () => {
    findings = await runBench(SETTINGS, () => {})
  })

  it('measures the CPU time of every subject in every round', () => {
    expect(findings.subjects.length).toBeGreaterThan(40)
    for (const { name } of findings.subjects) {
      expect(findings.costs.get(name), name).toEqual([expect.any(Number)])
      expect(findings.costs.get(name)?.[0], name).toBeGreaterThan(0)
    }
  })

  it('has a budget line for everything that it measured, and says what it left out', () => {
    const report = reportOf(findings, {
      mode: 'tiny',
      settings: SETTINGS,
      loadBefore: loadNow(),
    })
    const { budget, skipped } = JSON.parse(JSON.stringify(report))
    for (const line of budget) {
      expect(line).toMatchObject({
        name: expect.any(String),
        value: expect.any(Number),
        low: expect.any(Number),
        high: expect.any(Number),
        limit: expect.any(Number),
        direction: expect.stringMatching(/^(?:min|max)$/),
        pass: expect.any(Boolean),
      })
    }
    // Eight ratios to floors, nine kinds of call at two tables, three plain figures, the start.
    expect(budget).toHaveLength(8 + 9 + 3 + 1)
    expect(skipped.map(({ what }: { what: string }) => what)).toEqual(
      expect.arrayContaining(['peers', 'payments']),
    )
    for (const { name } of budget) expect(tableText(report)).toContain(name)
  })

  it('counts no store call for made-up keys', () => {
    expect(findings.budget.find(({ name }) => name === 'junk key: store calls')?.value).toBe(0)
  })
})

it('an interval holds its median, and is narrow where nothing varies', () => {
  const { value, low, high } = estimate([1, 2, 3, 4, 100])
  expect(value).toBe(3)
  expect([low <= 3, high >= 3]).toEqual([true, true])
  expect(estimate([2, 2, 2])).toEqual({ value: 2, low: 2, high: 2 })
})
