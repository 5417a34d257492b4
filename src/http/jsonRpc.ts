/**
 * Writes the gateway's errors in the form of JSON-RPC 2.0 (section 5.1), for MCP clients.
 * See docs/decisions/0014.
 */
import type { Problem } from './problem.ts'

/** "Server error": the request was refused before its JSON-RPC method was read. */
const SERVER_ERROR = -32_000
const INTERNAL_ERROR = -32_603

/** A problem as a JSON-RPC error. `id` is null, because the gateway does not read the message. */
export function rpcErrorBody({ code, message, fields }: Problem) {
  const number = code === 'internal_error' ? INTERNAL_ERROR : SERVER_ERROR
  return {
    jsonrpc: '2.0',
    error: { code: number, message, data: { error: code, ...fields } },
    id: null,
  }
}
