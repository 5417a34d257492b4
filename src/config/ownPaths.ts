/** The paths that the gateway answers itself, beside the routes. No other file lists them. */

/** Own paths by name. No route may name one of them, or a path below one of them. */
export const OWN_PATHS = {
  health: '/health',
  signIn: '/sign-in',
  signInLink: '/sign-in/link',
  signInCode: '/sign-in/code',
  signOut: '/sign-out',
  openApi: '/openapi.json',
  guide: '/llms.txt',
  jwks: '/.well-known/jwks.json',
  prices: '/.well-known/mpp.json',
  apiCatalog: '/.well-known/api-catalog',
  serverMetadata: '/.well-known/oauth-authorization-server',
  resourceMetadata: '/.well-known/oauth-protected-resource',
  authorize: '/api/oauth/authorize',
  token: '/api/oauth/token',
  register: '/api/oauth/register',
  revoke: '/api/oauth/revoke',
} as const

/**
 * Returns the own paths that a gateway answers. The paths of sign-in and of OAuth are among them
 * only if the config has settings for sign-in (and mail), or for OAuth.
 */
export function ownPathsOf({ signIn, mail, oauth }: OwnPathsConfig): string[] {
  const { signIn: signInForm, signInLink, signInCode, ...others } = OWN_PATHS
  const { serverMetadata, resourceMetadata, authorize, token, register, revoke, ...rest } = others
  const ofSignIn = signIn === null || mail === null ? [] : [signInForm, signInLink, signInCode]
  const ofOAuth =
    oauth === null
      ? []
      : [
          serverMetadata,
          resourceMetadata,
          resourceMetadata + oauth.resourcePath,
          authorize,
          token,
          register,
          revoke,
        ]
  return [...Object.values(rest), ...ofSignIn, ...ofOAuth]
}

/** The fields of a config that decide which own paths there are. */
interface OwnPathsConfig {
  signIn: object | null
  mail: object | null
  oauth: { resourcePath: string } | null
}

/** Folders that are reserved for endpoints of the gateway: no route may name a path in them. */
const OWN_FOLDERS = ['/.well-known', '/api/oauth']

/**
 * Returns the own path or reserved folder that a path is or is below. Returns undefined for a path
 * that a route may name.
 */
export function ownPathOf(path: string): string | undefined {
  const own = [...Object.values(OWN_PATHS), ...OWN_FOLDERS].sort((a, b) => a.length - b.length)
  return own.find((ownPath) => path === ownPath || path.startsWith(`${ownPath}/`))
}

/**
 * Own paths that pages of any site may call: an OAuth client in a browser can be a page of any
 * site, and these endpoints take no cookie.
 */
const OPEN_TO_ALL_PAGES = [
  OWN_PATHS.serverMetadata,
  OWN_PATHS.resourceMetadata,
  OWN_PATHS.register,
  OWN_PATHS.token,
  OWN_PATHS.revoke,
]

/** Whether pages of any site may call a path and read its answer. */
export function isOpenToAllPages(path: string): boolean {
  return OPEN_TO_ALL_PAGES.some((open) => path === open || path.startsWith(`${open}/`))
}
