/** Facts about request methods. */

/**
 * Whether the method asks for a representation and nothing else: GET or HEAD. A body of such a
 * request has no meaning (RFC 9110 sections 9.3.1 and 9.3.2).
 */
export const onlyReads = (method: string): boolean => method === 'GET' || method === 'HEAD'
