/** Which media types are streams. */
import { expect, it } from 'vitest'
import { isStreamType } from '../../../../src/http/bodies/streamTypes.ts'

it.each([
  'text/event-stream',
  'TEXT/Event-Stream ; charset=utf-8',
  'text/event-stream, text/event-stream', // the header has come twice
  'application/x-ndjson',
  'application/ndjson; a=b',
  'text/x-ndjson',
  'application/json-lines',
  'application/x-jsonlines',
  'application/json-seq',
  'application/geo+json-seq',
  'application/cbor-seq',
  'application/stream+json',
  'application/grpc-web+proto',
  'application/connect+json',
  'application/vnd.amazon.eventstream',
  'multipart/x-mixed-replace;boundary=a',
])('%s is a stream, which may be silent', (type) => {
  expect(isStreamType(type)).toBe(true)
})

it.each([
  null,
  '',
  'application/json',
  'application/jsonlx',
  'application/json-seq+zip',
  'text/event-streams',
  'text/plain; a=text/event-stream',
  'audio/mpeg',
])('%s is none', (type) => {
  expect(isStreamType(type)).toBe(false)
})
