/** Redirect URIs: which can be registered, which match a registered URI, and adding parameters. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  isLoopback,
  isRedirectUri,
  isSameRedirect,
  redirectUriComplaint,
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

describe('redirectUriComplaint', () => {
  const schemes = { cursor: 'Cursor', vscode: 'VS Code' }

  it.each([
    'https://a.example/@user/cb',
    'https://a.example/cb?to=me@b.example',
    'http://localhost:3000/@user/cb',
    'https://xn--e1afmkfd.example/cb',
    'https://a.example./cb',
    'https://[2001:db8::1]:8443/cb',
    'https://a.example/a%20b/%E4%BD%A0',
    'cursor://anysphere.cursor-mcp/oauth/callback',
    'cursor://anysphere.cursor-mcp/oauth/callback?x=1',
    'cursor://anysphere.cursor-mcp/@me',
    'vscode://dynamicauthprovider/xquik.com/authorize',
  ])('has none about %s', (uri) => {
    expect(redirectUriComplaint(uri, schemes)).toBeNull()
  })

  it.each([
    ['constructor://a/b', 'has a scheme that is not allowed: constructor'],
    ['claude://a/b', 'has a scheme that is not allowed: claude'],
    ['javascript://a/%0aalert(1)', 'has a scheme that is not allowed: javascript'],
    ['cursor:/a/b', 'does not begin with a scheme in lower case and ://'],
    ['cursor:a', 'does not begin with a scheme in lower case and ://'],
    ['Cursor://a/b', 'does not begin with a scheme in lower case and ://'],
    ['HTTPS://a.example/cb', 'does not begin with a scheme in lower case and ://'],
    ['cursor://u@a/b', 'names a user'],
    ['https://u@a.example/cb', 'names a user'],
    ['cursor://a/b#', 'has a fragment'],
    ['cursor://a/../b', 'has a dot segment'],
    ['cursor://../b', 'has a dot segment'],
    ['cursor://a/%2E%2e/b', 'has a dot segment'],
    ['cursor://a/*', 'has a wildcard'],
    ['cursor://a b', 'has a character that must be percent-encoded, or in a host as xn--'],
    [
      'https://clïent.example/cb',
      'has a character that must be percent-encoded, or in a host as xn--',
    ],
    ['https://a.ex%61mple/cb', 'has a host that can be read in two ways'],
    ['https://a.example:/cb', 'has a host that can be read in two ways'],
    ['http://a.example/cb', expect.stringMatching(/^must be https: http is only for localhost/)],
    ['http://localhost:0/cb', expect.stringMatching(/^must be https: http is only for localhost/)],
    ['https://a.example:99999/cb', 'is not a URL'],
  ])('about %s: %s', (uri, complaint) => {
    expect(redirectUriComplaint(uri, schemes)).toEqual(complaint)
  })
})

describe('isSameRedirect', () => {
  it('compares the URI of a program as a string: neither case, port nor slash may differ', () => {
    const registered = 'cursor://a.b/cb'
    expect(isSameRedirect(registered, registered)).toBe(true)
    for (const other of [
      'CURSOR://a.b/cb',
      'cursor://A.b/cb',
      'cursor://a.b:1/cb',
      `${registered}/`,
    ])
      expect(isSameRedirect(registered, other)).toBe(false)
  })

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
