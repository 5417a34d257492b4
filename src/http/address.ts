/** Turns a client's address into a key to count by. */

/** The one address that the platform gives to calls from Workers of all other accounts. */
const WORKERS_ADDRESS = '2a06:98c0:3600:0:0:0:0:103'

/** The group and the network of all Workers. */
const WORKERS = 'workers'

/**
 * The value of `cf-connecting-ip` → the unit that one client controls: an IPv4 address, or the /64
 * of an IPv6 address, because a site gets at least a /64 (RFC 6177). Only the platform sets this
 * header; a client can write any other address header itself. Requests without the header, or with
 * a value that is too long for an address, share the key "unknown". Workers share one address, so
 * they are told apart by their zone, which the platform writes into `cf-worker`: `zone` is that
 * header, which counts for nothing at any other address.
 */
export function addressKey(connectingIp: string | null, zone: string | null = null): string {
  if (connectingIp === null || connectingIp.length > 45) return 'unknown'
  if (!connectingIp.includes(':')) return connectingIp
  const groups = groupsOf(connectingIp.toLowerCase())
  const [high = '0', low = '0'] = groups.slice(6)
  if (groups.join(':') === WORKERS_ADDRESS) return `worker ${zoneKey(zone)}`
  const isMapped = groups.slice(0, 6).join(':') === '0:0:0:0:0:ffff'
  if (isMapped) return [high, low].flatMap(octetsOf).join('.')
  return `${groups.slice(0, 4).join(':')}::/64`
}

function zoneKey(zone: string | null): string {
  const name = zone?.toLowerCase() ?? ''
  return /^[a-z0-9.-]{1,253}$/.test(name) ? name : 'unknown'
}

/**
 * An address key → the key of a wider group of addresses that one client may control: the /48 of an
 * IPv6 address, which a site can get (RFC 6177), and all Workers. Null for an IPv4 address.
 */
export function addressGroup(address: string): string | null {
  if (address.startsWith('worker ')) return WORKERS
  return address.includes(':') ? networkKey(address) : null
}

/**
 * An address key (see `addressKey`) → the network around the address: the /24 of an IPv4 address,
 * the /48 of an IPv6 address. A ceiling for all is shared among networks, because one person can
 * have many addresses of a network. Workers are one network. "unknown" as in `addressKey`.
 */
export function networkKey(address: string): string {
  if (address.startsWith('worker ')) return WORKERS
  if (address.includes(':')) return `${address.split(':').slice(0, 3).join(':')}::/48`
  const octets = address.split('.')
  return octets.length === 4 ? `${octets.slice(0, 3).join('.')}.0/24` : address
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
