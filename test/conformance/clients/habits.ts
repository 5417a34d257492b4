/** Habits of several clients: where they look for metadata, and what they ask for. */
import type { Discovery, Fields, RequestHeaders, Seen } from './fixture.ts'

const RESOURCE = '/.well-known/oauth-protected-resource'
const SERVER = '/.well-known/oauth-authorization-server'
const OPENID = '/.well-known/openid-configuration'

/** The headers that the transport of MCP prescribes. */
export const STREAMABLE: RequestHeaders = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
}

/** The URLs that the specification of MCP tells clients to try for a resource's metadata. */
export function resourceUrls(url: string, named: string | undefined): string[] {
  const { origin, pathname } = new URL(url)
  return named === undefined ? [origin + RESOURCE + pathname, origin + RESOURCE] : [named]
}

/** As `resourceUrls`, but that the well-known URLs are tried after the one of the challenge. */
export function allResourceUrls(url: string, named: string | undefined): string[] {
  const wellKnown = resourceUrls(url, undefined)
  return named === undefined ? wellKnown : [named, ...wellKnown]
}

/** The URLs that the specification of MCP tells clients to try for an issuer's metadata. */
export function serverUrls(issuer: string): string[] {
  const { origin, pathname } = new URL(issuer)
  const path = pathname.replace(/\/$/, '')
  if (path === '') return [origin + SERVER, origin + OPENID]
  return [origin + SERVER + path, origin + OPENID + path, origin + path + OPENID]
}

/** The discovery of the official TypeScript clients. */
export function sdkDiscovery(protocol: string, more: RequestHeaders = {}): Discovery {
  return {
    headers: { 'mcp-protocol-version': protocol, accept: 'application/json', ...more },
    resource: resourceUrls,
    server: serverUrls,
  }
}

/** The discovery of `rmcp`, the official Rust client. */
export const RMCP_DISCOVERY: Discovery = {
  headers: { 'mcp-protocol-version': '2024-11-05', accept: '*/*' },
  resource: allResourceUrls,
  isWanted: (resource, url) => url === resource || url.startsWith(`${resource}/`),
  server: serverUrls,
}

/** The scope that the challenge names, else all scopes of the resource, else all of the server. */
export function describedScope({ challenge, resource, server }: Seen): string | undefined {
  return (
    challenge.scope ?? resource?.scopes_supported?.join(' ') ?? server.scopes_supported?.join(' ')
  )
}

/** The described scope, and `offline_access` if the server lists it. */
export function scopeWithRefresh(seen: Seen): string | undefined {
  const scope = describedScope(seen)
  const isOffered = seen.server.scopes_supported?.includes('offline_access') ?? false
  return scope !== undefined && isOffered ? `${scope} offline_access` : scope
}

/** The resource as its metadata spells it, or none. */
export const describedResource = ({ resource }: Seen): Fields => ({ resource: resource?.resource })

/** The resource as the person typed it. */
export const typedResource = ({ url }: Seen): Fields => ({ resource: url })

/** The typed resource in its canonical form: no slash at its end. */
export const canonicalResource = ({ url }: Seen): Fields => ({ resource: url.replace(/\/$/, '') })

export const nothingMore = (): Fields => ({})
