/** No answer of a route is the script of a service worker. */
import { expect, it } from 'vitest'
import { json } from '../../../src/pipeline/answer.ts'
import { noServiceWorker } from '../../../src/stages/noServiceWorker.ts'
import {
  callOf,
  failingNext,
  problemBy,
  recordingNext,
  thrownBy,
} from '../../support/worker/calls.ts'

it.each(['script', ''])(
  'a request for such a script ("%s") is refused, and goes no further',
  async (value) => {
    const call = callOf('/a', { headers: { 'service-worker': value } })
    const { next, seen } = recordingNext()
    const problem = await problemBy(() => noServiceWorker(next)(call))
    expect(problem).toMatchObject({ code: 'cross_site_request', status: 403 })
    expect(problem.message).toMatch(/service worker/)
    expect(seen).toEqual([])
  },
)

it('any other request goes on, at once', () => {
  const call = callOf('/a', { headers: { 'sec-fetch-dest': 'script' } })
  const answer = json({})
  const { next, seen } = recordingNext(() => answer)
  expect(noServiceWorker(next)(call)).toBe(answer)
  expect(seen).toEqual([call])
})

it('lets a failure pass', async () => {
  const error = new Error('no')
  expect(await thrownBy(() => noServiceWorker(failingNext(error).next)(callOf('/a')))).toBe(error)
})
