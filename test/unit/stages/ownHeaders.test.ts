/** Headers that every answer carries. */
import { describe, expect, it } from 'vitest'
import { json } from '../../../src/pipeline/answer.ts'
import { ownHeaders } from '../../../src/stages/ownHeaders.ts'
import { callOf, failingNext, recordingNext, thrownBy } from '../../support/worker/calls.ts'

describe('every answer', () => {
  it('says which request it is for, how it must be taken, and over https that it stays so', () => {
    const call = callOf('https://a.test/b')
    const answer = json({})
    const { next, seen } = recordingNext(() => answer)
    expect(ownHeaders(next)(call)).toBe(answer)
    expect(seen).toEqual([call])
    expect(call.responseHeaders).toEqual({
      'x-request-id': call.id,
      'x-content-type-options': 'nosniff',
      'strict-transport-security': 'max-age=31536000',
    })
  })

  it('promises nothing of https to a caller without it', () => {
    const call = callOf('http://localhost:8787/b')
    ownHeaders(recordingNext().next)(call)
    expect(Object.keys(call.responseHeaders).sort()).toEqual([
      'x-content-type-options',
      'x-request-id',
    ])
  })

  it.each(['at once', 'later'] as const)(
    'carries them also where the call fails %s',
    async (when) => {
      const call = callOf('/a')
      const error = new Error('no')
      expect(await thrownBy(() => ownHeaders(failingNext(error, when).next)(call))).toBe(error)
      expect(call.responseHeaders['x-request-id']).toBe(call.id)
    },
  )
})
