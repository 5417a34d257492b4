/** `GET /.well-known/jwks.json`: the public keys that origins check assertions with. */
import { Hono } from 'hono/tiny'
import { OWN_PATHS } from '../config/ownPaths.ts'
import type { App } from '../pipeline/app.ts'
import { signingKeysOf } from '../store/origins/signing.ts'

/** A JWK set (RFC 7517 section 5) of every signing key, with public members only. */
export const jwks = new Hono<App>().get(OWN_PATHS.jwks, async (c) => {
  const signingKeys = await signingKeysOf(c.env.call.env)
  const body = { keys: signingKeys.map((key) => key.publicJwk) }
  return c.json(body, 200, { 'cache-control': 'public, max-age=300' })
})
