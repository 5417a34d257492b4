/**
 * The audiences of access tokens, as URLs: the protected resource (an MCP endpoint) and the API.
 */
import type { Config, OAuth } from '../../config/config.ts'

/** The URL of the protected resource: clients call it, and `resource` names it (RFC 8707). */
export function resourceOf({ publicUrl }: Config, oauth: OAuth): string {
  return publicUrl + oauth.resourcePath
}

/**
 * The audiences of a new token, separated by spaces: the protected resource, and the API with its
 * routes that take tokens.
 */
export function audiencesOf(config: Config, oauth: OAuth): string {
  return `${resourceOf(config, oauth)} ${apiOf(config)}`
}

/** Whether a token with these audiences (separated by spaces) may be used on a path. */
export function isMeantFor(audiences: string, config: Config, path: string): boolean {
  const { oauth } = config
  if (oauth === null) return false
  const { resourcePath } = oauth
  const isResource = path === resourcePath || path.startsWith(`${resourcePath}/`)
  return audiences.split(' ').includes(isResource ? resourceOf(config, oauth) : apiOf(config))
}

/** The URL of the API: all routes below the base path. */
const apiOf = ({ publicUrl, basePath }: Config) => publicUrl + (basePath || '/')
