/**
 * An issuer of OpenID Connect for tests: configuration, the authorization code flow with PKCE, and
 * ID tokens. It runs wherever `Request` and `Response` do.
 */
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

export const CLIENT = { clientId: 'client.apps.test', clientSecret: 'issuer-secret-of-the-client' }

/** The claims that the issuer states about the person who is signed in there. */
export interface IssuerPerson {
  sub: string
  email?: unknown
  email_verified?: unknown
  /** The Workspace of the person, as Google says. */
  hd?: unknown
}

interface Granted {
  person: IssuerPerson
  nonce: string | null
  challenge: string | null
  redirectUri: string | null
}

/** Changes of one answer of the token endpoint. */
export interface Trouble {
  /** The claims of the ID token, after the issuer has made them. */
  claims?: (claims: Record<string, unknown>) => Record<string, unknown>
  /** In the place of an answer. The code stays unused. */
  status?: number
}

export type OpenIdIssuer = Awaited<ReturnType<typeof createIssuer>>

/** A new issuer at a URL. Everybody who comes is signed in as `person` and agrees. */
export async function createIssuer(issuer: string) {
  const { privateKey, publicKey } = await generateKeyPair('RS256')
  const jwk = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256' }
  const codes = new Map<string, Granted>()
  /** The paths that were asked for, in order. */
  const asked: string[] = []
  const state = { person: { sub: 'nobody' } as IssuerPerson, trouble: {} as Trouble }

  /** The URL that the issuer sends a browser back to. */
  function authorize(location: string, person: IssuerPerson = state.person): string {
    const { searchParams: query } = new URL(location)
    if (query.get('client_id') !== CLIENT.clientId) throw new Error('another client')
    if (query.get('response_type') !== 'code') throw new Error('another response type')
    if (!query.get('scope')?.split(' ').includes('openid')) throw new Error('no OpenID Connect')
    const code = crypto.randomUUID()
    codes.set(code, {
      person,
      nonce: query.get('nonce'),
      challenge: query.get('code_challenge_method') === 'S256' ? query.get('code_challenge') : null,
      redirectUri: query.get('redirect_uri'),
    })
    const back = new URL(query.get('redirect_uri') ?? '')
    back.searchParams.set('code', code)
    back.searchParams.set('state', query.get('state') ?? '')
    return back.href
  }

  async function token(form: URLSearchParams): Promise<Response> {
    const { trouble } = state
    if (trouble.status !== undefined) return new Response('trouble', { status: trouble.status })
    const code = form.get('code') ?? ''
    const granted = codes.get(code)
    codes.delete(code)
    const verifier = new TextEncoder().encode(form.get('code_verifier') ?? '')
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', verifier))
    const challenge = btoa(String.fromCharCode(...digest))
      .replace(/=+$/, '')
      .replaceAll('+', '-')
      .replaceAll('/', '_')
    const isGood =
      granted !== undefined &&
      granted.challenge === challenge &&
      granted.redirectUri === form.get('redirect_uri') &&
      form.get('client_id') === CLIENT.clientId &&
      form.get('client_secret') === CLIENT.clientSecret
    if (!isGood) return Response.json({ error: 'invalid_grant' }, { status: 400 })
    const now = Math.floor(Date.now() / 1000)
    const claims = {
      iss: issuer,
      aud: CLIENT.clientId,
      iat: now,
      exp: now + 3600,
      nonce: granted.nonce ?? undefined,
      ...granted.person,
    }
    const id_token = await new SignJWT(trouble.claims?.(claims) ?? claims)
      .setProtectedHeader({ alg: 'RS256', kid: 'one' })
      .sign(privateKey)
    return Response.json({ access_token: 'a', token_type: 'Bearer', id_token })
  }

  /** Answers a request, as the issuer's host does. */
  async function answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url)
    asked.push(pathname)
    if (pathname === '/.well-known/openid-configuration')
      return Response.json({
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/jwks`,
      })
    if (pathname === '/jwks') return Response.json({ keys: [jwk] })
    if (pathname === '/token') return token(new URLSearchParams(await request.text()))
    if (pathname === '/authorize') return Response.redirect(authorize(request.url), 302)
    return new Response('nothing here', { status: 404 })
  }

  return { issuer, state, asked, authorize, answer }
}
