/** The gateway's errors for who speaks JSON-RPC 2.0 (section 5.1), as MCP clients do. */
import type { Problem } from './problem.ts'

/** "Server error", for what is wrong with a request before its method is looked at. */
const SERVER_ERROR = -32_000
const INTERNAL_ERROR = -32_603

/** A problem as a JSON-RPC error. The message was not read, so it is nobody's: `id` is null. */
export function rpcErrorBody({ code, message, fields }: Problem) {
  const number = code === 'internal_error' ? INTERNAL_ERROR : SERVER_ERROR
  return {
    jsonrpc: '2.0',
    error: { code: number, message, data: { error: code, ...fields } },
    id: null,
  }
}
