/** Codes and refresh tokens that are presented again. */
import { expect, it } from 'vitest'
import { decideReuse, type Reuse } from '../../../../src/credentials/oauth/retry.ts'

const LEEWAY_MS = 10_000
const UNSEEN = { hasArrived: false, isOver: false }
const SEEN = { hasArrived: true, isOver: false }
const OVER = { hasArrived: true, isOver: true }

it.each<[what: string, ageMs: number, pair: Reuse['pair'], decision: string]>([
  ['at once', 0, UNSEEN, 'repeat'],
  ['before the use, by another clock', -500, UNSEEN, 'repeat'],
  ['within the leeway, its access token used', 10_000, SEEN, 'repeat'],
  ['within the leeway, its refresh token used', 10_000, OVER, 'refuse'],
  ['after the leeway, its access token used', 10_001, SEEN, 'end'],
  ['after the leeway, its refresh token used', 10_001, OVER, 'end'],
  ['within a minute, nothing used', 60_000, UNSEEN, 'repeat'],
  ['after a minute, nothing used', 60_001, UNSEEN, 'end'],
  ['within the leeway, its pair unknown', 10_000, null, 'refuse'],
  ['after the leeway, its pair unknown', 10_001, null, 'end'],
])('a refresh token that comes again %s', (_what, ageMs, pair, decision) => {
  const reuse: Reuse = { kind: 'refresh_token', ageMs, isAnswered: true, pair }
  expect(decideReuse(reuse, LEEWAY_MS)).toBe(decision)
})

it.each<[what: string, isAnswered: boolean, ageMs: number, pair: Reuse['pair'], decision: string]>([
  ['that was answered, at once', true, 0, UNSEEN, 'refuse'],
  ['that was answered, within the leeway', true, 10_000, SEEN, 'refuse'],
  ['that was answered, after the leeway', true, 10_001, UNSEEN, 'end'],
  ['whose answer failed, at once', false, 0, UNSEEN, 'repeat'],
  ['whose answer failed, within a minute', false, 60_000, UNSEEN, 'repeat'],
  ['whose answer failed, after a minute', false, 60_001, UNSEEN, 'end'],
  ['whose pair is in use, within the leeway', false, 10_000, SEEN, 'refuse'],
  ['whose pair is in use, after the leeway', false, 10_001, SEEN, 'end'],
  ['whose pair is unknown, within the leeway', false, 10_000, null, 'refuse'],
])('a code %s', (_what, isAnswered, ageMs, pair, decision) => {
  expect(decideReuse({ kind: 'code', ageMs, isAnswered, pair }, LEEWAY_MS)).toBe(decision)
})
