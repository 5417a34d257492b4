/** A request to an origin: what is sent a second time, and what never is. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Patience } from '../../../../src/lib/patience.ts'
import { fetchOrigin, type OriginRequest } from '../../../../src/store/origins/originFetch.ts'

const TIMEOUT_MS = 1_000

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** An origin that loses every connection after a time. */
function losingOrigin(afterMs: number) {
  const fetch = vi.fn(async (): Promise<Response> => {
    await new Promise((resolve) => setTimeout(resolve, afterMs))
    throw new Error('Network connection lost.')
  })
  const reach = { url: 'http://origin.test', isCached: false, endpoint: null, fetch }
  return { fetch, reach }
}

/** Sends a request, and resolves to the code of its problem. */
async function codeOf(reach: OriginRequest['reach'], isRepeatable: boolean): Promise<unknown> {
  const patience = new Patience(() => undefined)
  const request = { url: reach.url, init: { method: 'PUT' }, reach, isRepeatable, patience }
  const sent = fetchOrigin({
    ...request,
    timeoutMs: TIMEOUT_MS,
    upload: undefined,
    disconnected: undefined,
  }).catch((problem) => problem.code)
  await vi.runAllTimersAsync()
  patience.end()
  return sent
}

it.each([
  ['is sent once more if it may be', true, 2],
  ['is not sent again if it must not be', false, 1],
])('a request whose connection is lost in time %s', async (_, isRepeatable, times) => {
  const { fetch, reach } = losingOrigin(100)
  expect(await codeOf(reach, isRepeatable)).toBe('origin_unavailable')
  expect(fetch).toHaveBeenCalledTimes(times)
})

it('a request whose caller has its 504 is not sent again, whenever its connection is lost', async () => {
  const { fetch, reach } = losingOrigin(TIMEOUT_MS + 1)
  expect(await codeOf(reach, true)).toBe('origin_timeout')
  expect(fetch).toHaveBeenCalledTimes(1)
})
