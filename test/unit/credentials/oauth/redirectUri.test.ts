/** Redirect URIs: which can be registered, which match a registered URI, and adding parameters. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  isLoopback,
  isRedirectUri,
  isSameRedirect,
  withParameters,
} from '../../../../src/credentials/oauth/redirectUri.ts'
import { anyText, RUNS, textOf } from '../../../support/worker/generators.ts'

const PIECES = [
  'https://',
  'http://',
  'localhost',
  '127.0.0.1',
  '[::1]',
  'a.example',
  ':',
  '443',
  '0',
  '/',
  'cb',
  '?',
  'x=1',
  '&',
  '#',
  '@',
  '\\',
  '..',
  '.',
  '%2e',
  '*',
  ' ',
  '\t',
  'é',
  '\0',
  '//',
]
const uris = fc.oneof(anyText, textOf(PIECES, 8))

describe('isRedirectUri', () => {
  it('never throws, and accepts no URI that a browser would send elsewhere', () => {
    fc.assert(
      fc.property(uris, (uri) => {
        if (!isRedirectUri(uri)) return
        const url = new URL(uri)
        expect(url.username + url.password + url.hash).toBe('')
        expect(uri.startsWith(`${url.protocol}//`)).toBe(true)
        if (url.protocol === 'http:')
          expect(['localhost', '127.0.0.1', '[::1]']).toContain(url.hostname)
        else expect(url.protocol).toBe('https:')
        const [, , authority = ''] = uri.split('/')
        expect(authority.split('?')[0]?.replace(/:\d*$/, '').toLowerCase()).toBe(url.hostname)
      }),
      RUNS,
    )
  })

  it('accepts 2,048 characters and no more', () => {
    const start = 'https://a.example/'
    expect(isRedirectUri(start.padEnd(2_048, 'x'))).toBe(true)
    expect(isRedirectUri(start.padEnd(2_049, 'x'))).toBe(false)
  })
})

describe('isSameRedirect', () => {
  it('never throws; a text matches itself; another text may differ in the port of loopback and in nothing else', () => {
    fc.assert(
      fc.property(uris, uris, (registered, presented) => {
        expect(isSameRedirect(registered, registered)).toBe(true)
        if (registered === presented || !isSameRedirect(registered, presented)) return
        const withoutPort = (uri: string) =>
          uri.replace(/^(http:\/\/(?:\[::1\]|[a-z0-9.]+)):\d+/, '$1')
        expect(withoutPort(presented)).toBe(withoutPort(registered))
        expect(isLoopback(presented) && isRedirectUri(presented)).toBe(true)
      }),
      RUNS,
    )
  })

  it('accepts every port of loopback', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 65_535 }), (port) =>
        isSameRedirect('http://localhost:1/cb?a', `http://localhost:${port}/cb?a`),
      ),
    )
  })
})

describe('withParameters', () => {
  it.each([
    ['https://a.example/cb', 'https://a.example/cb?a=1'],
    ['https://a.example', 'https://a.example?a=1'],
    ['https://a.example/cb?', 'https://a.example/cb?a=1'],
    ['https://a.example/cb?x=1', 'https://a.example/cb?x=1&a=1'],
    ['https://a.example/cb?x=1&', 'https://a.example/cb?x=1&a=1'],
  ])('adds to %s', (uri, expected) => {
    expect(withParameters(uri, { a: '1', b: undefined })).toBe(expected)
  })

  it('keeps every value and the URI before it unchanged', () => {
    fc.assert(
      fc.property(anyText, (state) => {
        const uri = withParameters('https://a.example/cb?x=%20', { state, iss: 'https://b' })
        expect(uri.startsWith('https://a.example/cb?x=%20&state=')).toBe(true)
        expect(new URL(uri).searchParams.get('state')).toBe(state.toWellFormed())
        expect(uri).toMatch(/^[!-~]+$/)
      }),
      RUNS,
    )
  })
})
