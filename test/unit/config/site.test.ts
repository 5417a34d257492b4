/** `site`: the names and links that pages and mails show. */
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../../src/config/defineGateway.ts'
import { complaintsOf, sample } from '../../support/worker/sampleConfig.ts'

const siteOf = (site: object) => parseConfig(sample({ site })).site

it('has the host as its name, a logo and a colour by default, and no links', () => {
  const defaults = {
    name: 'gateway.test',
    logo: '/assets/logo.svg',
    colour: '#1d4ed8',
    support: null,
    terms: null,
    privacy: null,
  }
  expect(parseConfig(sample()).site).toEqual(defaults)
  expect(siteOf({})).toEqual(defaults)
})

it('is read as it is written', () => {
  const site = {
    name: 'Açık & Co.',
    logo: '/assets/mark-2.png',
    colour: '#AA00CC',
    support: 'help@acme.test',
    terms: 'https://acme.test/terms?v=2#top',
    privacy: 'https://acme.test/privacy',
  }
  expect(siteOf(site)).toEqual({ ...site, colour: '#aa00cc', support: 'mailto:help@acme.test' })
  expect(siteOf({ support: 'https://acme.test/help' }).support).toBe('https://acme.test/help')
})

describe('a field that pages could not show is refused', () => {
  it.each([
    ['name', ''],
    ['name', ' Acme'],
    ['name', 'a'.repeat(61)],
    ['name', 'Ac\u202eme'],
    ['name', 'Ac\tme'],
    ['logo', 'https://cdn.test/logo.svg'],
    ['logo', '/assets/../secret'],
    ['logo', '/assets/'],
    ['logo', '//evil.test/assets/x.svg'],
    ['logo', '/assets/a"b.svg'],
    ['colour', 'blue'],
    ['colour', '#12345'],
    ['colour', '#1234567'],
    ['colour', 'red;}'],
    ['support', 'nobody'],
    ['support', 'javascript:alert(1)'],
    ['terms', 'http://acme.test/terms'],
    ['terms', 'javascript:alert(1)'],
    ['terms', '/terms'],
    ['privacy', 'https://acme.test/"><script>'],
  ])('%s: %j', (field, value) => {
    expect(complaintsOf(sample({ site: { [field]: value } }))).toEqual([
      expect.stringContaining(`site.${field}: "`),
    ])
  })

  it('an unknown one too', () => {
    expect(complaintsOf(sample({ site: { color: '#123456' } }))).toEqual([
      expect.stringContaining('color'),
    ])
  })
})
