/** OWN_PATHS, against the paths that the endpoints really mount. */
import { describe, expect, it } from 'vitest'
import type { Config } from '../../../src/config/config.ts'
import { parseConfig } from '../../../src/config/defineGateway.ts'
import { isOpenToAllPages, OWN_PATHS, ownPathOf } from '../../../src/config/ownPaths.ts'
import { ownEndpoints } from '../../../src/endpoints/ownEndpoints.ts'
import shipped from '../../../src/gateway.config.ts'
import { createIsolate } from '../../../src/store/isolate.ts'
import { complaintsOf, sample, withRoutes } from '../../support/worker/sampleConfig.ts'

const LISTED: readonly string[] = Object.values(OWN_PATHS)

/** Every path that the endpoints of a config are mounted on. */
const mountedBy = (config: Config) => [
  ...new Set(ownEndpoints(config, createIsolate(config)).routes.map(({ path }) => path)),
]

describe('what the gateway answers itself', () => {
  it('is all listed, but for the resource that a document is about', () => {
    const { oauth } = shipped
    if (oauth === null) throw new Error('the shipped config issues no tokens')
    const ofResources = oauth.resources.map(({ path }) => OWN_PATHS.resourceMetadata + path)
    expect(ofResources.length).toBeGreaterThan(1)
    const mounted = mountedBy(shipped)
    expect(mounted).toEqual(expect.arrayContaining(ofResources))
    expect(mounted.filter((path) => !ofResources.includes(path)).sort()).toEqual(LISTED.toSorted())
    for (const path of mounted) expect(ownPathOf(path), path).toBeDefined()
  })

  it('is only what a config has switched on, and still nothing that is not listed', () => {
    const mounted = mountedBy(parseConfig(sample()))
    const off = ['authorize', 'token', 'register', 'revoke', 'signIn', 'signInLink'] as const
    for (const name of off) expect(mounted, name).not.toContain(OWN_PATHS[name])
    expect(mounted).toEqual(expect.arrayContaining([OWN_PATHS.health, OWN_PATHS.jwks]))
    expect(mounted.filter((path) => !LISTED.includes(path))).toEqual([])
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
  const OPEN = ['serverMetadata', 'resourceMetadata', 'register', 'token', 'revoke']

  it('may call what an OAuth client in a browser needs, and nothing else', () => {
    for (const [name, path] of Object.entries(OWN_PATHS)) {
      expect(isOpenToAllPages(path), name).toBe(OPEN.includes(name))
      expect(isOpenToAllPages(`${path}/below`), name).toBe(OPEN.includes(name))
      expect(isOpenToAllPages(`${path}x`), name).toBe(false)
    }
  })

  it('may call no route', () => {
    for (const { segments } of shipped.routes)
      expect(isOpenToAllPages(`/${segments.join('/')}`)).toBe(false)
  })
})
