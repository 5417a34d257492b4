/** A body where none is read. */
import { expect, it } from 'vitest'
import { json } from '../../../src/pipeline/answer.ts'
import { requestBody } from '../../../src/stages/requestBody.ts'
import { callOf, problemBy, recordingNext } from '../../support/worker/calls.ts'

it.each([
  ['GET', { 'content-length': '5' }],
  ['HEAD', { 'content-length': '5' }],
  ['GET', { 'transfer-encoding': 'chunked' }],
  ['GET', { 'content-length': 'x' }],
])('a %s with %j is refused, and goes no further', async (method, headers) => {
  const { next, seen } = recordingNext()
  const call = callOf('/a', { method, headers })
  const problem = await problemBy(() => requestBody(next)(call))
  expect(problem).toMatchObject({ code: 'invalid_input', status: 400 })
  expect(seen).toEqual([])
})

it.each([
  ['GET', {}],
  ['GET', { 'content-length': '0' }],
  ['DELETE', { 'content-length': '5' }],
  ['POST', { 'transfer-encoding': 'chunked' }],
])('a %s with %j goes on, at once', (method, headers) => {
  const answer = json({})
  const { next } = recordingNext(() => answer)
  expect(requestBody(next)(callOf('/a', { method, headers }))).toBe(answer)
})
