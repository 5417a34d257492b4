/** The application that a person signs in for. */
import { oauthPaths } from '../../config/ownPaths.ts'
import { isDocumentUrl } from '../../credentials/oauth/clientId.ts'
import { parseParameters } from '../../credentials/oauth/parameters.ts'
import { logError } from '../../lib/log.ts'
import type { Application } from '../../pages/signIn.tsx'
import type { Call } from '../../pipeline/call.ts'
import type { OAuthContext } from './endpoint.ts'

/**
 * The application that asks for access at the page to return to: its registered name, or the host
 * of its metadata document, which is not fetched for strangers. Null if the page is no
 * authorization. Never rejects: if the client is unknown, or cannot be looked up now, only its name
 * is missing.
 */
export async function applicationAt(
  call: Call,
  { config, clients }: OAuthContext,
  returnPath: string | null,
): Promise<Application | null> {
  const [path = ''] = (returnPath ?? '').split('?')
  if (!oauthPaths(config)?.authorize.includes(path)) return null
  const query = returnPath?.slice(path.length) ?? ''
  const id = parseParameters(query, ['resource']).get('client_id') ?? ''
  if (isDocumentUrl(id)) return { host: new URL(id).host }
  try {
    const client = await clients.resolvePresenter(call, id)
    return { name: client?.name ?? '' }
  } catch (error) {
    logError('application_name_not_read', error)
    return { name: '' }
  }
}
