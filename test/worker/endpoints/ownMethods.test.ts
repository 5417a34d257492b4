/** Every own path, asked with every method: 405 with `Allow` for what it does not take. */
import { describe, expect, it } from 'vitest'
import { OWN_PATHS, oauthPaths, ownPathsOf } from '../../../src/config/ownPaths.ts'
import { DASHBOARD_PATHS } from '../../../src/pages/dashboard/paths.ts'
import {
  clientOf,
  recordingOrigin,
  shippedGateway,
  unlimited,
} from '../../support/worker/gateway.ts'

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
const shipped = shippedGateway(unlimited)
const google = { clientId: 'id', secretFrom: 'GOOGLE_CLIENT_SECRET', issuer: 'https://issuer.test' }
const config = { ...shipped, signIn: shipped.signIn && { ...shipped.signIn, google } }
const client = clientOf(config, { ORIGIN: recordingOrigin().binding })

const authorizePaths = oauthPaths(config)?.authorize ?? []
const own = ownPathsOf(config).filter((path) => !path.endsWith('*'))
const paths = [...new Set([...own, ...Object.values(DASHBOARD_PATHS)])]

/** Returns what `Allow` lists, or null if the path takes the method. */
async function allowAt(path: string, method: string): Promise<string | null> {
  const response = await client.call(path, { method, headers: { accept: 'text/html' } })
  return response.status === 405 ? response.headers.get('allow') : null
}

describe('an own path', () => {
  it.each(paths)('%s takes the methods that its 405 lists, and no others', async (path) => {
    const allow = await allowAt(path, 'PATCH')
    const taken: string[] = []
    for (const method of METHODS) {
      const answer = await allowAt(path, method)
      if (answer === null) taken.push(method)
      else expect(answer, method).toBe(allow)
    }
    expect(taken).not.toEqual([])
    expect(allow).toBe(taken.join(', '))
    // A GET of the authorization endpoint writes a request for consent, so there is no HEAD.
    const asksForConsent = authorizePaths.includes(path)
    expect(taken.includes('HEAD')).toBe(taken.includes('GET') && !asksForConsent)
  })

  it.each([
    [OWN_PATHS.health, 'GET, HEAD'],
    [OWN_PATHS.jwks, 'GET, HEAD'],
    [OWN_PATHS.signIn, 'GET, HEAD, POST'],
    [OWN_PATHS.signInGoogle, 'POST'],
    [OWN_PATHS.signOut, 'POST'],
    [OWN_PATHS.token, 'POST'],
    [DASHBOARD_PATHS.keys, 'GET, HEAD'],
    [DASHBOARD_PATHS.disable, 'POST'],
  ])('%s takes %s', async (path, allow) => {
    expect(await allowAt(path, 'DELETE')).toBe(allow)
  })

  it('below the dashboard that does not exist is 404 with every method', async () => {
    for (const method of METHODS) {
      const response = await client.call('/dashboard/nothing', { method })
      expect(response.status, method).toBe(404)
    }
  })
})
