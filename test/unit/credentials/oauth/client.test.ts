/**
 * OAuth clients: ids, metadata documents, and the metadata of a registration. The number 44 is that
 * of the table in test/conformance/README.md.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  parseClientDocument,
  parseClientMetadata,
} from '../../../../src/credentials/oauth/client.ts'
import { isDocumentUrl, isRegisteredId } from '../../../../src/credentials/oauth/clientId.ts'
import { isRedirectUri } from '../../../../src/credentials/oauth/redirectUri.ts'
import { anyText, RUNS, textOf } from '../../../support/worker/generators.ts'

const ID = 'https://app.example.com/client.json'
const DOCUMENT = {
  client_id: ID,
  client_name: 'App',
  redirect_uris: ['https://app.example.com/cb'],
}

describe('parseClientMetadata', () => {
  it.each([
    [undefined, 'redirect_uris must list at least one URI.'],
    [[], 'redirect_uris must list at least one URI.'],
    ['https://app.example.com/cb', 'redirect_uris must be a list of URIs.'],
    [null, 'redirect_uris must list at least one URI.'],
    [{ 0: 'https://app.example.com/cb' }, 'redirect_uris must be a list of URIs.'],
  ])('says what is wrong with redirect_uris: %j', (redirect_uris, sentence) => {
    expect(parseClientMetadata({ redirect_uris })).toMatchObject({
      error: 'invalid_redirect_uri',
      sentence,
    })
  })
})

describe('isRegisteredId', () => {
  it('accepts what randomUUID makes, and nothing else', () => {
    const id = crypto.randomUUID()
    expect(isRegisteredId(id)).toBe(true)
    for (const other of [id.toUpperCase(), ` ${id}`, `${id}\n`, id.slice(1), `{${id}}`, '', ID])
      expect(isRegisteredId(other)).toBe(false)
  })
})

describe('isDocumentUrl', () => {
  it.each([
    ID,
    'https://app.example.com/a/b/',
    'https://a.b.c.example.com/x%20y',
    'https://xn--e1afmkfd.com/c',
  ])('44 (client-id-metadata-document §3): accepts %s', (url) => {
    expect(isDocumentUrl(url)).toBe(true)
  })

  it.each([
    'http://app.example.com/c',
    'https://app.example.com',
    'https://app.example.com/',
    'https://app.example.com/c#f',
    'https://app.example.com/c?x=1',
    'https://u@app.example.com/c',
    'https://u:p@app.example.com/c',
    'https://app.example.com/a/../c',
    'https://app.example.com/./c',
    'https://app.example.com/%2e%2e/c',
    'https://app.example.com/%2E/c',
    'https://app.example.com:443/c',
    'https://app.example.com:8443/c',
    'https://APP.example.com/c',
    'https://app.example.com./c',
    'https://app.example.com//c\\d',
    'https://localhost/c',
    'https://app.localhost/c',
    'https://intranet/c',
    'https://db.internal/c',
    'https://printer.local/c',
    'https://router.lan/c',
    'https://nas.home.arpa/c',
    'https://127.0.0.1/c',
    'https://10.0.0.7/c',
    'https://169.254.169.254/latest/meta-data',
    'https://0x7f.1/c',
    'https://2130706433/c',
    'https://1.1/c',
    'https://[::1]/c',
    'https://[fd00::1]/c',
    'https://-a.example.com/c',
    'https://a..example.com/c',
    'https:///c',
    'HTTPS://app.example.com/c',
    ` ${ID}`,
    `${ID}\n`,
    `https://app.example.com/${'x'.repeat(500)}`,
    'javascript:alert(1)',
    '',
  ])('44 (client-id-metadata-document §3): refuses %j', (url) => {
    expect(isDocumentUrl(url)).toBe(false)
  })

  it('never throws, and accepts only URLs that a URL parser spells in the same way', () => {
    const pieces = [
      'https://',
      'a',
      '.',
      'example',
      'com',
      '/',
      '1',
      '127',
      ':',
      '@',
      '%2e',
      '%',
      '?',
      '#',
      '..',
      '[',
      ']',
      '-',
      'localhost',
      '\\',
      ';',
      '*',
      'é',
      '0x',
    ]
    fc.assert(
      fc.property(fc.oneof(anyText, textOf(pieces)), (text) => {
        if (!isDocumentUrl(text)) return
        const url = new URL(text)
        expect([url.href, url.port, url.username, url.search, url.hash]).toEqual([
          text,
          '',
          '',
          '',
          '',
        ])
        expect(url.hostname).toMatch(/\.[a-z0-9-]*[a-z][a-z0-9-]*$/)
      }),
      RUNS,
    )
  })
})

describe('parseClientDocument', () => {
  it('44 (client-id-metadata-document §4): reads a public client', () => {
    const more = { logo_uri: 'https://evil.example/x.png', token_endpoint_auth_method: 'none' }
    expect(parseClientDocument(ID, { ...DOCUMENT, ...more })).toEqual({
      id: ID,
      name: 'App',
      redirectUris: DOCUMENT.redirect_uris,
      refreshes: true,
      secretHash: null,
    })
  })

  const PREFERS_KEY = {
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_methods_supported: ['none', 'private_key_jwt'],
  }

  it.each<[what: string, more: object]>([
    ['no method', {}],
    ['none', { token_endpoint_auth_method: 'none' }],
    ['a key, and none among those that it can use', PREFERS_KEY],
    ['a secret, and none', { ...PREFERS_KEY, token_endpoint_auth_method: 'client_secret_basic' }],
    ['no preference, and none', { ...PREFERS_KEY, token_endpoint_auth_method: undefined }],
    ['an unknown method, and none', { ...PREFERS_KEY, token_endpoint_auth_method: 'tls' }],
    ['null', { token_endpoint_auth_method: null, client_secret: null }],
  ])('44 (client-id-metadata-document §4): with %s it is a public client', (_what, more) => {
    expect(parseClientDocument(ID, { ...DOCUMENT, ...more })).toMatchObject({ secretHash: null })
  })

  it('44: takes up to 32 redirect URIs, leaves out those that are not allowed, and needs one', () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, n) => `https://app.example.com/cb${n}`)
    const read = (redirect_uris: unknown[]) =>
      parseClientDocument(ID, { ...DOCUMENT, redirect_uris }, { cursor: 'Cursor' })
    expect(read(many(32))).toMatchObject({ redirectUris: many(32) })
    expect(read(['app://x', ...many(32), 'http://a.example', 7, ...many(2)])).toMatchObject({
      redirectUris: many(32),
    })
    expect(read(['cursor://a/b', 'vscode://a/b'])).toMatchObject({ redirectUris: ['cursor://a/b'] })
    expect(read(many(33))).toMatchObject({ error: 'invalid_redirect_uri' })
    expect(read(['vscode://a/b'])).toMatchObject({
      error: 'invalid_redirect_uri',
      sentence:
        'No redirect URI is allowed: vscode://a/b has a scheme that is not allowed: vscode.',
    })
  })

  it.each<[what: string, document: unknown]>([
    ['only a key', { ...DOCUMENT, token_endpoint_auth_methods_supported: ['private_key_jwt'] }],
    ['another id', { ...DOCUMENT, client_id: `${ID}/` }],
    ['no id', { ...DOCUMENT, client_id: undefined }],
    ['a secret', { ...DOCUMENT, client_secret: 'x' }],
    ['the end of a secret', { ...DOCUMENT, client_secret_expires_at: 0 }],
    ['authentication by secret', { ...DOCUMENT, token_endpoint_auth_method: 'client_secret_post' }],
    ['authentication by key', { ...DOCUMENT, token_endpoint_auth_method: 'private_key_jwt' }],
    ['no redirect URI', { ...DOCUMENT, redirect_uris: [] }],
    ['a bad redirect URI', { ...DOCUMENT, redirect_uris: ['http://a.example'] }],
    ['a list', [DOCUMENT]],
    ['null', null],
    ['text', 'x'],
  ])('44 (client-id-metadata-document §4): refuses a document with %s', (_what, document) => {
    expect(parseClientDocument(ID, document)).toEqual({
      error: expect.stringMatching(/^invalid_(?:client_metadata|redirect_uri)$/),
      sentence: expect.stringMatching(/^[ !#-[\]-~]+$/),
    })
  })
})

describe('parseClientMetadata', () => {
  it('never throws; an accepted client has 1 to 10 valid redirect URIs and a name of at most 256 characters', () => {
    const metadata = fc.record(
      {
        redirect_uris: fc.oneof(
          fc.array(fc.constantFrom('https://a.example/cb', 'http://localhost', 'x', ''), {
            maxLength: 12,
          }),
          fc.anything(),
        ),
        client_name: fc.oneof(anyText, fc.anything()),
        grant_types: fc.oneof(fc.constant(['authorization_code']), fc.anything()),
        token_endpoint_auth_method: fc.constantFrom(null, 'none', 'client_secret_post', 'x', 1),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(fc.oneof(metadata, fc.anything()), (value) => {
        const parsed = parseClientMetadata(value)
        if ('error' in parsed) {
          expect(parsed.sentence).toMatch(/^[ !#-[\]-~]+$/)
          return
        }
        expect(parsed.redirectUris.length).toBeGreaterThan(0)
        expect(parsed.redirectUris.length).toBeLessThanOrEqual(10)
        expect(parsed.redirectUris.every((uri) => isRedirectUri(uri))).toBe(true)
        expect([...(parsed.name ?? '')].length).toBeLessThanOrEqual(256)
      }),
      RUNS,
    )
  })
})
