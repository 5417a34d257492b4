/** A real client as data: the requests of one program, from its first 401 to its last refresh. */

/** The metadata of a protected resource that clients read (RFC 9728). */
export interface ResourceMetadata {
  resource: string
  authorization_servers: string[]
  scopes_supported?: string[]
}

/** The metadata of an authorization server that clients read (RFC 8414). */
export interface ServerMetadata {
  issuer: string
  authorization_endpoint: string
  token_endpoint: string
  registration_endpoint: string
  revocation_endpoint: string
  scopes_supported?: string[]
  grant_types_supported?: string[]
  token_endpoint_auth_methods_supported?: string[]
}

/** The facts that a client has learnt of a server before it asks for authorization. */
export interface Seen {
  /** The URL of the MCP server, as the person typed it. */
  url: string
  /** The parameters of the Bearer challenge of the 401. */
  challenge: Record<string, string>
  /** Null if the client found none, or took none for its own. */
  resource: ResourceMetadata | null
  server: ServerMetadata
}

/** Parameters of a request; those that are undefined are left out. */
export type Fields = Record<string, string | undefined>
export type RequestHeaders = Record<string, string>

/** How a client looks for metadata. It takes the first URL that has any. */
export interface Discovery {
  /** The headers of each request for metadata. */
  headers: RequestHeaders
  /** URLs of the resource's metadata, in the client's order. `named` is that of the challenge. */
  resource: (url: string, named: string | undefined) => string[]
  /** Whether the client takes the resource for the one that it wanted. All do if this is absent. */
  isWanted?: (resource: string, url: string) => boolean
  /** URLs of the server's metadata, in the client's order. `issuer` is a URL without a slash. */
  server: (issuer: string) => string[]
}

/** A client ID metadata document, or a registration (RFC 7591). */
export type Identity =
  | { clientId: string; document: Record<string, unknown> }
  | { register: (seen: Seen) => Record<string, unknown>; headers?: RequestHeaders }

export type AuthMethod = 'none' | 'client_secret_basic' | 'client_secret_post'

/** Where a client that has just been started again sends its refresh token. */
export type ColdEndpoint =
  /** To the endpoint that it has stored. */
  | 'stored'
  /** To the endpoint that it discovers again, as at first. */
  | 'discovered'
  /** To `/token` of the MCP server's host, without a look at any metadata. */
  | 'root'
  /** To the endpoint in the first of these URLs that has metadata, and to `/token` without any. */
  | ((url: string) => string[])

export interface ClientFixture {
  /** The client, as its users know it; and how this one differs from others of the same name. */
  name: string
  /** Public repositories with a file, documentation, or public reports that show the requests. */
  sources: string[]
  /** The first request to the MCP server: some clients look before they speak. */
  first: 'GET' | 'POST'
  /** The headers of messages to the MCP server. */
  headers: RequestHeaders
  /** The revision of MCP that the client asks for, and the name that it gives itself. */
  protocol: string
  clientInfo: { name: string; version: string }
  discovery: Discovery
  identity: Identity
  /** The redirect URI of its authorization requests. A loopback port may differ from before. */
  redirectUri: string
  /** The parameters of its authorization request beside those that every client sends. */
  authorization: (seen: Seen) => Fields
  /** Parameters that its config adds to the finished URL, though they may be there already. */
  appended?: (seen: Seen) => Fields
  state: string
  authMethod: AuthMethod
  /** The headers of requests to the token endpoint, beside their type. */
  tokenHeaders: RequestHeaders
  /** The parameters of a code exchange and of a refresh beside those that every client sends. */
  exchange: (seen: Seen) => Fields
  refresh: (seen: Seen) => Fields
  /** The same of the first refresh after a start, if it differs. */
  coldRefresh?: (seen: Seen) => Fields
  coldEndpoint: ColdEndpoint
  /** The hints of the tokens that the client revokes when a person disconnects it, in its order. */
  revokes?: ('access_token' | 'refresh_token')[]
}
