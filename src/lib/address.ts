/** A client's address as a key to count by. */

/**
 * `cf-connecting-ip` → the unit that one client controls: an IPv4 address, or the /64 of an IPv6
 * address (RFC 6177: a site gets at least that). Only the platform sets this header; any other
 * address header is the client's own word. No header means one shared bucket.
 */
export function addressKey(connectingIp: string | null): string {
  if (connectingIp === null || connectingIp.length > 45) return 'unknown'
  if (!connectingIp.includes(':')) return connectingIp
  const mapped = /^::ffff:([0-9.]+)$/i.exec(connectingIp)
  if (mapped?.[1] !== undefined) return mapped[1]
  const [head = '', tail] = connectingIp.toLowerCase().split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0')
  const groups = [...left, ...zeros, ...right].map((group) => group.replace(/^0+(?=.)/, ''))
  return `${groups.slice(0, 4).join(':')}::/64`
}
