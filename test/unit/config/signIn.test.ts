/** How a config allows people to sign in. */
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../../src/config/defineGateway.ts'
import shipped from '../../../src/gateway.config.ts'
import { complaintsOf, sample, withRoutes } from '../../support/worker/sampleConfig.ts'

const signIn = { link: '15m', emailLimit: '5/15m', addressLimit: '10/1h' }
const mail = { from: 'sign-in@gateway.test' }

it('is shipped with the values of the contract', () => {
  const limit = (count: number, windowMs = 900_000) => [{ name: 'sign-in', count, windowMs }]
  expect(shipped.owners).toEqual([])
  expect(shipped.signIn).toEqual({
    accounts: 'open',
    google: null,
    linkMs: 900_000,
    emailLimits: limit(5),
    addressLimits: limit(30),
    totalLimits: limit(1000),
    secretLimits: limit(20, 60_000),
    pageLimits: [{ name: 'pages', count: 120, windowMs: 60_000 }],
  })
  expect(shipped.mail).toEqual({ from: 'sign-in@xquik.com', binding: 'MAIL' })
})

it('is off by default', () => {
  expect(parseConfig(sample())).toMatchObject({ signIn: null, mail: null })
})

it('is read with its units', () => {
  const email = { name: 'sign-in', count: 5, windowMs: 900_000 }
  const address = { name: 'sign-in', count: 10, windowMs: 3_600_000 }
  expect(parseConfig(sample({ signIn, mail: { ...mail, binding: 'POST' } }))).toMatchObject({
    signIn: { linkMs: 900_000, emailLimits: [email], addressLimits: [address] },
    mail: { from: 'sign-in@gateway.test', binding: 'POST' },
  })
})

it('has no limit only if the config says "unlimited"', () => {
  const unlimited = { ...signIn, emailLimit: 'unlimited', addressLimit: 'unlimited' }
  expect(parseConfig(sample({ signIn: unlimited, mail })).signIn).toEqual({
    accounts: 'open',
    google: null,
    linkMs: 900_000,
    emailLimits: [],
    addressLimits: [],
    totalLimits: [],
    secretLimits: [{ name: 'sign-in', count: 20, windowMs: 60_000 }],
    pageLimits: [{ name: 'pages', count: 120, windowMs: 60_000 }],
  })
})

it('takes Google with its defaults, and owners as they sign in', () => {
  const google = { clientId: 'id.apps.test' }
  const owners = ['ann@gateway.test']
  expect(parseConfig(sample({ signIn: { ...signIn, google }, mail, owners }))).toMatchObject({
    owners,
    signIn: {
      google: {
        clientId: 'id.apps.test',
        secretFrom: 'GOOGLE_CLIENT_SECRET',
        issuer: 'https://accounts.google.com',
      },
    },
  })
})

describe('is refused', () => {
  it.each([
    ['without mail', { signIn }, 'signIn: needs "mail"'],
    [
      'without a limit',
      { signIn: { link: '15m', emailLimit: '5/15m' }, mail },
      'signIn.addressLimit',
    ],
    [
      'with a bad duration',
      { signIn: { ...signIn, link: '15' }, mail },
      'signIn.link: "15" is not a duration',
    ],
    ['with an unknown field', { signIn: { ...signIn, github: 1 }, mail }, 'github'],
    [
      'with mail from no address',
      { signIn, mail: { from: 'Turnpike' } },
      'mail.from: "Turnpike" must',
    ],
    [
      'with mail from an address with a name, which would be lost',
      { signIn, mail: { from: 'Turnpike <sign-in@gateway.test>' } },
      'mail.from: "Turnpike <sign-in@gateway.test>" must',
    ],
    [
      'with accounts for something else than domains',
      { signIn: { ...signIn, accounts: 'invited' }, mail },
      'signIn.accounts: must be "open", "closed", or like',
    ],
    [
      'with a domain in capitals',
      { signIn: { ...signIn, accounts: { domains: ['Example.com'] } }, mail },
      'signIn.accounts.domains[0]: must be like "example.com"',
    ],
    [
      'with no domain',
      { signIn: { ...signIn, accounts: { domains: [] } }, mail },
      'signIn.accounts.domains: must have at least one',
    ],
    [
      'with an owner without an address',
      { signIn, mail, owners: ['Ann'] },
      'owners[0]: "Ann" must be an e-mail address',
    ],
    ['with owners who cannot sign in', { owners: ['ann@gateway.test'] }, 'owners: needs "signIn"'],
    [
      'with Google without a client',
      { signIn: { ...signIn, google: {} }, mail },
      'signIn.google.clientId',
    ],
    [
      'with an issuer over http',
      { signIn: { ...signIn, google: { clientId: 'a', issuer: 'http://a.test' } }, mail },
      'signIn.google.issuer: "http://a.test" must be an https URL',
    ],
    ['with a bad binding', { signIn, mail: { ...mail, binding: 'mail' } }, 'mail.binding'],
  ])('%s', (_, changes, complaint) => {
    expect(complaintsOf(sample(changes))).toEqual([expect.stringContaining(complaint)])
  })

  it('with a route at its path', () => {
    const routes = { ...withRoutes({ route: 'GET /sign-in/*' }), basePath: '' }
    expect(complaintsOf(routes)).toEqual([expect.stringContaining('itself answers /sign-in')])
  })
})
