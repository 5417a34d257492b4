/** Which browser requests come from pages of the gateway. */
import { describe, expect, it } from 'vitest'
import { isSameOrigin } from '../../../src/credentials/ownPage.ts'

describe('isSameOrigin', () => {
  const OWN = 'https://gateway.test'

  it.each<[site: string | null, origin: string | null, expected: boolean]>([
    ['same-origin', null, true],
    ['none', null, true],
    ['same-origin', 'https://evil.test', true], // Fetch Metadata decides if it is sent
    ['same-site', OWN, false],
    ['cross-site', OWN, false],
    ['cross-site', null, false],
    ['', OWN, false],
    ['Same-Origin', OWN, false],
    ['same-origin, cross-site', OWN, false],
    [null, OWN, true],
    [null, null, true], // not from a browser
    [null, 'null', false],
    [null, '', false],
    [null, 'https://evil.test', false],
    [null, 'http://gateway.test', false],
    [null, 'https://gateway.test:8443', false],
    [null, 'https://gateway.test.evil.test', false],
    [null, 'https://sub.gateway.test', false],
    [null, 'https://GATEWAY.test', false],
    [null, 'https://gateway.test/', false],
    [null, `${OWN}, https://evil.test`, false],
  ])('Sec-Fetch-Site: %s, Origin: %s → %s', (site, origin, expected) => {
    const headers = new Headers()
    if (site !== null) headers.set('sec-fetch-site', site)
    if (origin !== null) headers.set('origin', origin)
    expect(isSameOrigin(headers, OWN)).toBe(expected)
  })
})
