/** OWN_PATHS, against the paths that the endpoints really mount. */
import { describe, expect, it } from 'vitest'
import type { Config } from '../../../src/config/config.ts'
import { parseConfig } from '../../../src/config/defineGateway.ts'
import {
  FRONT_PATH,
  OWN_PATHS,
  openPathRule,
  ownPathOf,
  ownPathsOf,
} from '../../../src/config/ownPaths.ts'
import { ownEndpoints } from '../../../src/endpoints/ownEndpoints.ts'
import shipped from '../../../src/gateway.config.ts'
import { createIsolate } from '../../../src/store/isolate.ts'
import {
  complaintsOf,
  OAUTH,
  ROUTE,
  sample,
  withRoutes,
} from '../../support/worker/sampleConfig.ts'

const LISTED: readonly string[] = Object.values(OWN_PATHS)

/** The shipped config with sign-in with Google: all that the gateway can answer itself. */
const WITH_GOOGLE: Config = {
  ...shipped,
  signIn: shipped.signIn && {
    ...shipped.signIn,
    google: { clientId: 'a', secretFrom: 'SECRET', issuer: 'https://accounts.google.com' },
  },
}

/** Every path that the endpoints of a config are mounted on. */
const mountedBy = (config: Config) => [
  ...new Set(ownEndpoints(config, createIsolate(config)).routes.map(({ path }) => path)),
]

describe('what the gateway answers itself', () => {
  it('is all listed, with the second paths of endpoints and documents', () => {
    const { serverMetadata, openIdMetadata, resourceMetadata } = OWN_PATHS
    const second = [serverMetadata, openIdMetadata, resourceMetadata].flatMap((document) => {
      const resources = ['/mcp', '/api/v1'].flatMap((path) => {
        return [`${document}${path}`, `${document}${path}/`, `${path}${document}`]
      })
      return [`${document}/`, ...resources]
    })
    const atRoot = ['/authorize', '/token', '/register', '/revoke']
    const here = [FRONT_PATH, `${OWN_PATHS.dashboard}/*`]
    const mounted = mountedBy(WITH_GOOGLE)
    expect(mounted.toSorted()).toEqual([...LISTED, ...here, ...second, ...atRoot].toSorted())
    expect(ownPathsOf(WITH_GOOGLE).toSorted()).toEqual(mounted.toSorted())
  })

  it('has the paths of Google only with its settings', () => {
    const { signInGoogle, signInGoogleBack } = OWN_PATHS
    const mounted = mountedBy(shipped)
    const others = mountedBy(WITH_GOOGLE).filter((path) => !path.startsWith(signInGoogle))
    expect(mounted.toSorted()).toEqual(others.toSorted())
    expect(ownPathsOf(shipped).toSorted()).toEqual(mounted.toSorted())
    expect(ownPathsOf(WITH_GOOGLE)).toEqual(
      expect.arrayContaining([signInGoogle, signInGoogleBack]),
    )
  })

  it('leaves a second path to the route that matches it', () => {
    const routes = [
      { ...ROUTE, route: 'GET /token', root: true },
      { ...ROUTE, route: 'GET /:page', root: true, auth: ['anonymous'] },
      { ...ROUTE, route: '* /mcp/*', root: true },
    ]
    const config = parseConfig(sample({ oauth: OAUTH, routes }))
    const own = ownPathsOf(config)
    for (const path of [
      '/token',
      '/authorize',
      '/register',
      '/mcp/.well-known/openid-configuration',
    ])
      expect(own).not.toContain(path)
    expect(own).toContain('/.well-known/openid-configuration/mcp')
    expect(openPathRule(config)('/token')).toBe(false)
    expect(openPathRule(shipped)('/token')).toBe(true)
    expect(openPathRule(shipped)('/authorize')).toBe(false)
  })

  it('is only what a config has switched on, and still nothing that is not listed', () => {
    const mounted = mountedBy(parseConfig(sample()))
    const off = ['authorize', 'token', 'register', 'revoke', 'signIn', 'signInLink'] as const
    for (const name of off) expect(mounted, name).not.toContain(OWN_PATHS[name])
    expect(mounted).toEqual(expect.arrayContaining([OWN_PATHS.health, OWN_PATHS.jwks]))
    expect(mounted.filter((path) => !LISTED.includes(path))).toEqual([FRONT_PATH])
  })
})

describe('a path', () => {
  it.each(LISTED)(
    '%s belongs to the gateway, with all below it, and no route may name it',
    (path) => {
      expect(path.startsWith(ownPathOf(path) ?? '?')).toBe(true)
      expect(ownPathOf(`${path}/below`)).toBe(ownPathOf(path))
      expect(complaintsOf(withRoutes({ route: `GET ${path}`, root: true }))).toEqual([
        expect.stringContaining('can never match'),
      ])
    },
  )

  it.each([
    ['/.well-known', '/.well-known'],
    ['/.well-known/new', '/.well-known'],
    ['/api/oauth', '/api/oauth'],
    ['/api/oauth/new', '/api/oauth'],
    ['/sign-in/link', '/sign-in'],
  ])('%s is below %s', (path, own) => {
    expect(ownPathOf(path)).toBe(own)
  })

  it.each(['/', '', '/healthz', '/HEALTH', '/api', '/api/oauthx', '/a/health', '/sign-in-now'])(
    '"%s" is free for routes',
    (path) => {
      expect(ownPathOf(path)).toBeUndefined()
    },
  )
})

describe('pages of any site', () => {
  const FOR_CLIENTS = [
    'serverMetadata',
    'openIdMetadata',
    'resourceMetadata',
    'register',
    'token',
    'revoke',
    'idTokenKeys',
  ]
  const DOCUMENTS = ['openApi', 'guide', 'jwks', 'prices', 'apiCatalog']
  const isOpen = openPathRule(shipped)

  it('may call what an OAuth client in a browser needs, and read documents, and nothing else', () => {
    for (const [name, path] of Object.entries(OWN_PATHS)) {
      expect(isOpen(path), name).toBe([...FOR_CLIENTS, ...DOCUMENTS].includes(name))
      expect(isOpen(`${path}/below`), name).toBe(FOR_CLIENTS.includes(name))
      expect(isOpen(`${path}x`), name).toBe(false)
    }
  })

  it('may read the documents of a gateway without OAuth', () => {
    const without = openPathRule(parseConfig(sample()))
    for (const [name, path] of Object.entries(OWN_PATHS))
      expect(without(path), name).toBe(DOCUMENTS.includes(name))
  })

  it('may call no route', () => {
    for (const { segments } of shipped.routes) expect(isOpen(`/${segments.join('/')}`)).toBe(false)
  })
})
