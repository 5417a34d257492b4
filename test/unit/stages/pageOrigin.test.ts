/** Browser origins that may call an MCP endpoint. */
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../../src/config/defineGateway.ts'
import { json } from '../../../src/pipeline/answer.ts'
import { pageOrigin } from '../../../src/stages/pageOrigin.ts'
import {
  callOf,
  failingNext,
  problemBy,
  recordingNext,
  thrownBy,
} from '../../support/worker/calls.ts'
import { sample } from '../../support/worker/sampleConfig.ts'

const config = parseConfig(
  sample({ hosts: ['alias.test'], cors: { origins: ['https://app.test'] } }),
)
const from = (origin: string, url = '/mcp') => callOf(url, { headers: { origin } })

describe('a page', () => {
  it.each([
    ['of the public URL', 'https://gateway.test', '/mcp'],
    ['that the config names', 'https://app.test', '/mcp'],
    ['of the host that is called', 'https://alias.test', 'https://alias.test/mcp'],
  ])('%s goes on, at once', (_what, origin, url) => {
    const call = from(origin, url)
    const answer = json({})
    const { next, seen } = recordingNext(() => answer)
    expect(pageOrigin(config)(next)(call)).toBe(answer)
    expect(seen).toEqual([call])
  })

  it.each([
    'https://evil.test',
    'http://gateway.test',
    'https://gateway.test:8443',
    'https://gateway.test.evil.test',
    'http://localhost:3000',
    'null',
    '',
  ])('of "%s" is refused, whatever credential it has', async (origin) => {
    const headers = { origin, 'x-api-key': 'any', authorization: 'Bearer any' }
    const { next, seen } = recordingNext()
    const call = callOf('/mcp', { headers })
    const problem = await problemBy(() => pageOrigin(config)(next)(call))
    expect(problem).toMatchObject({ code: 'cross_site_request', status: 403 })
    expect(seen).toEqual([])
  })
})

it('a request that comes from no page goes on', () => {
  const { next, seen } = recordingNext()
  pageOrigin(config)(next)(callOf('/mcp'))
  expect(seen).toHaveLength(1)
})

it('lets a failure pass', async () => {
  const error = new Error('no')
  const { next } = failingNext(error)
  expect(await thrownBy(() => pageOrigin(config)(next)(callOf('/mcp')))).toBe(error)
})
