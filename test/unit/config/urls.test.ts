/** `parseOriginUrl`: which URLs can be an origin. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseOriginUrl } from '../../../src/config/urls.ts'
import { anyText, RUNS } from '../../support/worker/generators.ts'

describe('parseOriginUrl', () => {
  it.each([
    ['https://a.test', 'https://a.test'],
    ['https://a.test/', 'https://a.test'],
    ['https://a.test/base//', 'https://a.test/base'],
    ['https://a.test:8443/base', 'https://a.test:8443/base'],
    ['HTTPS://A.TEST', 'https://a.test'],
    ['http://localhost:8787', 'http://localhost:8787'],
    ['http://127.0.0.1', 'http://127.0.0.1'],
    ['http://[::1]:3000/a', 'http://[::1]:3000/a'],
  ])('%s is %s', (text, url) => {
    expect(parseOriginUrl(text)).toBe(url)
  })

  it.each([
    '',
    'a.test',
    '/a',
    'http://a.test',
    'http://localhost.a.test',
    'http://127.0.0.2',
    'ftp://a',
    'http://10.0.0.1',
    'http://[::2]',
    'https://u:p@a.test',
    'https://u@a.test',
    'https://a?b=1',
    'https://a.test/#x',
    'javascript:alert(1)',
    'ws://localhost',
    'file:///etc',
    'http://0.0.0.0',
  ])('%j is no origin', (text) => {
    expect(parseOriginUrl(text)).toBeNull()
  })

  // Once a bug: an empty query or fragment is an empty `search` or `hash`, but its "?" or "#" stays
  // in the URL, so that every forwarded path lands behind the mark.
  it.each(['https://a.test/?', 'https://a.test/base?', 'https://a.test/#'])(
    'a forwarded path stays a path behind %s',
    (text) => {
      const url = parseOriginUrl(text)
      if (url === null) return
      expect(new URL(`${url}/v1/echo`).pathname).toMatch(/\/v1\/echo$/)
    },
  )

  it('never throws, and is null or a URL over TLS or to loopback', () => {
    const near = fc.webUrl({ validSchemes: ['http', 'https'], withQueryParameters: true })
    fc.assert(
      fc.property(
        fc.oneof(
          anyText,
          near,
          near.map((url) => url.replace(/\/\/[^/]+/, '//localhost')),
        ),
        (text) => {
          const url = parseOriginUrl(text)
          if (url === null) return
          expect(url).toMatch(/^(?:https:\/\/|http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])[:/]?)/)
          expect(url).not.toMatch(/\/$/)
        },
      ),
      RUNS,
    )
  })
})
