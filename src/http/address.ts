/** Turns a client's address into a key to count by. */

/**
 * The value of `cf-connecting-ip` → the unit that one client controls: an IPv4 address, or the /64
 * of an IPv6 address, because a site gets at least a /64 (RFC 6177). Only the platform sets this
 * header; a client can write any other address header itself. Requests without the header, or with
 * a value that is too long for an address, share the key "unknown".
 */
export function addressKey(connectingIp: string | null): string {
  if (connectingIp === null || connectingIp.length > 45) return 'unknown'
  if (!connectingIp.includes(':')) return connectingIp
  const groups = groupsOf(connectingIp.toLowerCase())
  const [high = '0', low = '0'] = groups.slice(6)
  const isMapped = groups.slice(0, 6).join(':') === '0:0:0:0:0:ffff'
  if (isMapped) return [high, low].flatMap(octetsOf).join('.')
  return `${groups.slice(0, 4).join(':')}::/64`
}

/**
 * The value of `cf-connecting-ip` → the network around the address: the /24 of an IPv4 address, the
 * /48 of an IPv6 address. A ceiling for all is shared among networks, because one person can have
 * many addresses of a network. "unknown" as in `addressKey`.
 */
export function networkKey(connectingIp: string | null): string {
  const address = addressKey(connectingIp)
  const subnet = /^((?:[^:]+:){2}[^:]+):[^:]*::\/64$/.exec(address)
  if (subnet !== null) return `${subnet[1]}::/48`
  return /^\d+\.\d+\.\d+\.\d+$/.test(address) ? address.replace(/\d+$/, '0/24') : address
}

/** The eight groups of an IPv6 address without leading zeros; an IPv4 tail becomes two of them. */
function groupsOf(address: string): string[] {
  const [head = '', tail] = withoutIpv4Tail(address).split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0')
  return [...left, ...zeros, ...right].map((group) => group.replace(/^0+(?=.)/, ''))
}

function withoutIpv4Tail(address: string): string {
  const tail = /^(.*:)(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(address)
  if (tail === null) return address
  const [a = 0, b = 0, c = 0, d = 0] = tail.slice(2).map(Number)
  return `${tail[1]}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
}

function octetsOf(group: string): number[] {
  const value = Number.parseInt(group, 16)
  return [value >> 8, value & 255]
}
