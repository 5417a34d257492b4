/** What the gateway answers itself, beside the route table: the one list of these paths. */

/** Paths by name. None is below the base path, and no route may name one, nor anything below it. */
export const OWN_PATHS = {
  health: '/health',
  signIn: '/sign-in',
  signInLink: '/sign-in/link',
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

/** The own paths that a gateway answers: without sign-in or OAuth in its config, it has none of theirs. */
export function ownPathsOf({ signIn, mail, oauth }: OwnPathsConfig): string[] {
  const { signIn: form, signInLink, ...others } = OWN_PATHS
  const { serverMetadata, resourceMetadata, authorize, token, register, revoke, ...rest } = others
  const ofSignIn = signIn === null || mail === null ? [] : [form, signInLink]
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

/** What of a config says which own paths there are. */
interface OwnPathsConfig {
  signIn: object | null
  mail: object | null
  oauth: { resourcePath: string } | null
}

/** Folders of which no route may name any path: what will be answered there is the gateway's to say. */
const OWN_FOLDERS = ['/.well-known', '/api/oauth']

/** The own path that a path is, or that it is below; undefined for a path that a route may name. */
export function ownPathOf(path: string): string | undefined {
  const own = [...Object.values(OWN_PATHS), ...OWN_FOLDERS].sort((a, b) => a.length - b.length)
  return own.find((one) => path === one || path.startsWith(`${one}/`))
}

/** What pages of any site may call: an OAuth client in a browser is of any site, and no cookie counts here. */
const OPEN_TO_ALL_PAGES = [
  OWN_PATHS.serverMetadata,
  OWN_PATHS.resourceMetadata,
  OWN_PATHS.register,
  OWN_PATHS.token,
  OWN_PATHS.revoke,
]

/** Whether pages of any site may call a path, and read its answer. */
export function isOpenToAllPages(path: string): boolean {
  return OPEN_TO_ALL_PAGES.some((open) => path === open || path.startsWith(`${open}/`))
}
