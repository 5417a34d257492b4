/** What tokens are for: the protected resource and the API, as URLs. */
import type { Config, OAuth } from '../../config/config.ts'

/** The protected resource: the URL that clients call, and that a token's `resource` names (RFC 8707). */
export function resourceOf({ publicUrl }: Config, oauth: OAuth): string {
  return publicUrl + oauth.resourcePath
}

/** What a new token is for: the protected resource, and the API rows that take it. Separated by blanks. */
export function audiencesOf(config: Config, oauth: OAuth): string {
  return `${resourceOf(config, oauth)} ${apiOf(config)}`
}

/** Whether a token for these audiences (separated by blanks) may be used on a path. */
export function isMeantFor(audiences: string, config: Config, path: string): boolean {
  const { oauth } = config
  if (oauth === null) return false
  const { resourcePath } = oauth
  const isResource = path === resourcePath || path.startsWith(`${resourcePath}/`)
  return audiences.split(' ').includes(isResource ? resourceOf(config, oauth) : apiOf(config))
}

export const apiOf = ({ publicUrl, basePath }: Config) => publicUrl + (basePath || '/')
