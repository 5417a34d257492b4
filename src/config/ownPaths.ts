/** The paths that the gateway answers itself, beside the routes. No other file lists them. */

import { memoize } from '../lib/memoize.ts'
import { type Config, routesAt } from './config.ts'
import type { Resource } from './oauthSettings.ts'

/** Own paths by name. No route may name one of them, or a path below one of them. */
export const OWN_PATHS = {
  health: '/health',
  signIn: '/sign-in',
  signInLink: '/sign-in/link',
  signInCode: '/sign-in/code',
  signInGoogle: '/sign-in/google',
  signInGoogleBack: '/sign-in/google/callback',
  signOut: '/sign-out',
  language: '/language',
  dashboard: '/dashboard',
  reference: '/reference',
  openApi: '/openapi.json',
  guide: '/llms.txt',
  jwks: '/.well-known/jwks.json',
  prices: '/.well-known/mpp.json',
  apiCatalog: '/.well-known/api-catalog',
  serverMetadata: '/.well-known/oauth-authorization-server',
  openIdMetadata: '/.well-known/openid-configuration',
  resourceMetadata: '/.well-known/oauth-protected-resource',
  authorize: '/api/oauth/authorize',
  token: '/api/oauth/token',
  register: '/api/oauth/register',
  revoke: '/api/oauth/revoke',
  idTokenKeys: '/api/oauth/jwks.json',
} as const

/** The path of the front page, unless a route matches it. */
export const FRONT_PATH = '/'

/**
 * The second path of each of these endpoints, at the root, where clients look that have found or
 * kept no metadata (MCP 2025-03-26). A route that matches one of them has it.
 */
const ROOT_PATHS = {
  authorize: '/authorize',
  token: '/token',
  register: '/register',
  revoke: '/revoke',
} as const

/** The paths at which each endpoint and each document of the authorization server answers. */
export interface OAuthPaths {
  authorize: readonly string[]
  token: readonly string[]
  register: readonly string[]
  revoke: readonly string[]
  idTokenKeys: readonly string[]
  serverMetadata: readonly string[]
  openIdMetadata: readonly string[]
  /** The paths of each resource's metadata. */
  resourceMetadata: ReadonlyMap<Resource, readonly string[]>
}

/**
 * The paths of a config's authorization server: those of OWN_PATHS, their second ones, and those of
 * the metadata for each resource; null if the config has no OAuth. Clients put a resource's path
 * behind the well-known path (RFC 8414 section 3.1, RFC 9728 section 3.1) or before it (OpenID
 * Connect Discovery 1.0 section 4), with or without a slash behind. Second paths that a route
 * matches are left out.
 */
export const oauthPaths = memoize((config: Config): OAuthPaths | null => {
  if (config.oauth === null) return null
  const { resources } = config.oauth
  const free = (paths: string[]) => paths.filter((path) => routesAt(config, path).length === 0)
  const endpoint = (name: keyof typeof ROOT_PATHS) => {
    return [OWN_PATHS[name], ...free([ROOT_PATHS[name]])]
  }
  const root = (document: string) => [document, `${document}/`]
  const about = (document: string, { path }: Resource) => {
    return path === '/' ? [] : [...root(document + path), ...free([path + document])]
  }
  const everywhere = (document: string) => [
    ...root(document),
    ...resources.flatMap((resource) => about(document, resource)),
  ]
  // The document at the root is about the whole host, if that is a resource.
  const atRoot = resources.find(({ path }) => path === '/') ?? resources[0]
  const { resourceMetadata } = OWN_PATHS
  return {
    authorize: endpoint('authorize'),
    token: endpoint('token'),
    register: endpoint('register'),
    revoke: endpoint('revoke'),
    idTokenKeys: [OWN_PATHS.idTokenKeys],
    serverMetadata: everywhere(OWN_PATHS.serverMetadata),
    openIdMetadata: everywhere(OWN_PATHS.openIdMetadata),
    resourceMetadata: new Map(
      resources.map((resource) => [
        resource,
        [
          ...(resource === atRoot ? root(resourceMetadata) : []),
          ...about(resourceMetadata, resource),
        ],
      ]),
    ),
  }
})

/** The path of a resource's metadata: the well-known path, then its own (RFC 9728 section 3.1). */
export function resourceMetadataPath(path: string): string {
  return OWN_PATHS.resourceMetadata + (path === '/' ? '' : path)
}

/** Whether people can sign in, and so make keys: the config says how, and how they get mails. */
export const hasSignIn = ({ signIn, mail }: Pick<Config, 'signIn' | 'mail'>): boolean =>
  signIn !== null && mail !== null

/**
 * Returns the own paths that a gateway answers. The paths of sign-in and of OAuth are among them
 * only if the config has settings for sign-in (and mail), or for OAuth.
 */
export function ownPathsOf(config: Config): string[] {
  const { signIn: signInForm, signInLink, signInCode, dashboard, ...others } = OWN_PATHS
  const { signInGoogle, signInGoogleBack } = OWN_PATHS
  const { health, signOut, language, reference, openApi, guide, jwks, prices, apiCatalog } = others
  const front = routesAt(config, FRONT_PATH).length === 0 ? [FRONT_PATH] : []
  const documents = [openApi, guide, jwks, prices, apiCatalog]
  const always = [health, signOut, language, reference, ...front, ...documents]
  const ofGoogle = config.signIn?.google ? [signInGoogle, signInGoogleBack] : []
  const ofPeople = [signInForm, signInLink, signInCode, dashboard, `${dashboard}/*`]
  const ofSignIn = hasSignIn(config) ? [...ofPeople, ...ofGoogle] : []
  const oauth = oauthPaths(config)
  if (oauth === null) return [...always, ...ofSignIn]
  const { resourceMetadata, ...ofOAuth } = oauth
  const lists = [...Object.values(ofOAuth), ...resourceMetadata.values()]
  return [...always, ...ofSignIn, ...lists.flat()]
}

/** Folders that are reserved for endpoints of the gateway: no route may name a path in them. */
const OWN_FOLDERS = ['/.well-known', '/api/oauth', '/assets']

/** The shorter ones first, so that a folder comes before what is in it. */
const OWN_BY_LENGTH = [...Object.values(OWN_PATHS), ...OWN_FOLDERS].sort(
  (a, b) => a.length - b.length,
)

/**
 * Returns the own path or reserved folder that a path is or is below. Returns undefined for a path
 * that a route may name.
 */
export function ownPathOf(path: string): string | undefined {
  return OWN_BY_LENGTH.find((ownPath) => path === ownPath || path.startsWith(`${ownPath}/`))
}

/** Documents that anybody may read: they say the same to everybody, and are about this host. */
const PUBLIC_DOCUMENTS: readonly string[] = [
  OWN_PATHS.openApi,
  OWN_PATHS.guide,
  OWN_PATHS.jwks,
  OWN_PATHS.prices,
  OWN_PATHS.apiCatalog,
]

/**
 * Paths that OAuth clients call, with all below them: an OAuth client in a browser can be a page of
 * any site, and these endpoints take no cookie.
 */
const FOR_CLIENTS = [
  OWN_PATHS.serverMetadata,
  OWN_PATHS.openIdMetadata,
  OWN_PATHS.resourceMetadata,
  OWN_PATHS.register,
  OWN_PATHS.token,
  OWN_PATHS.revoke,
  OWN_PATHS.idTokenKeys,
]

/**
 * Returns the rule that says whether pages of any site may call a path and read its answer: public
 * documents, and what OAuth clients call if the config has OAuth.
 */
export const openPathRule = memoize((config: Config): ((path: string) => boolean) => {
  const oauth = oauthPaths(config)
  if (oauth === null) return (path) => PUBLIC_DOCUMENTS.includes(path)
  const { token, register, revoke, serverMetadata, openIdMetadata, resourceMetadata } = oauth
  const documents = [serverMetadata, openIdMetadata, ...resourceMetadata.values()]
  const open = new Set([...PUBLIC_DOCUMENTS, ...[token, register, revoke, ...documents].flat()])
  return (path) =>
    open.has(path) || FOR_CLIENTS.some((own) => path === own || path.startsWith(`${own}/`))
})
