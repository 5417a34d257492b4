/** URIs of an origin as a caller gets them: they lead to the gateway, and hide the origin. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ownUri, ownUriHeaders, type Places } from '../../../src/http/originUris.ts'
import { RUNS } from '../../support/worker/generators.ts'

const GATEWAY = 'https://gateway.test'

/** An origin at the root of its host, which gets paths as they are. */
const KEPT: Places = {
  base: 'http://api.internal:8080',
  asked: 'http://api.internal:8080/api/v1/x/1?q=1',
  callerUrl: `${GATEWAY}/api/v1/x/1?q=1`,
  front: '',
}
/** An origin that gets paths without the base path. */
const STRIPPED: Places = {
  ...KEPT,
  asked: 'http://api.internal:8080/x/1?q=1',
  front: '/api/v1',
}
/** An origin below a path of its host. */
const BELOW: Places = {
  ...KEPT,
  base: 'http://api.internal:8080/v2',
  asked: 'http://api.internal:8080/v2/api/v1/x/1?q=1',
}
const BOTH: Places = {
  ...KEPT,
  base: 'http://api.internal:8080/v2',
  asked: 'http://api.internal:8080/v2/x/1?q=1',
  front: '/api/v1',
}
const LOOPBACK: Places = {
  ...KEPT,
  base: 'http://127.0.0.1:9000',
  asked: 'http://127.0.0.1:9000/x',
  callerUrl: 'http://127.0.0.1:8787/x',
}

describe('a URI of the origin', () => {
  it.each<[uri: string, own: string, places?: Places]>([
    ['http://api.internal:8080/api/v1/x/2?a#b', '/api/v1/x/2?a#b'],
    ['http://API.internal:8080/x', '/x'],
    ['http://api.internal.:8080/x', '/x'],
    ['https://api.internal:8080/x', '/x'], // another scheme
    ['http://api.internal/x', '/x'], // another port
    ['https://api.internal/', '/'],
    ['ws://api.internal/x', '/x'],
    ['http://user:word@api.internal:8080/x', '/x'],
    ['//api.internal:8080/x', '/x'],
    ['\\\\api.internal\\x', '/x'],
    ['http:/x', '/x'],
    ['/x/2', '/x/2'],
    ["/x?q='a b'", "/x?q='a%20b'".replaceAll("'", '%27')],
    ["/x?q='a'", "/x?q='a'"],
    ['2', '2'],
    ['?page=2', '?page=2'],
    ['#end', '#end'],
    ['', ''],
    ['/x/2', '/api/v1/x/2', STRIPPED],
    ['2', '2', STRIPPED],
    ['../../../y', '/api/v1/y', STRIPPED], // above the root, where the gateway has more
    ['http://api.internal:8080/x/2', '/api/v1/x/2', STRIPPED],
    ['http://api.internal:8080/', '/api/v1/', STRIPPED],
    ['/api/v1/x/2', '/api/v1/x/2', STRIPPED], // the origin has added the prefix itself
    ['/api/v1', '/api/v1', STRIPPED],
    ['/api/v12', '/api/v1/api/v12', STRIPPED],
    ['http://api.internal:8080/v2/x', '/x', BELOW],
    ['http://api.internal:8080/v2', '/', BELOW],
    ['http://api.internal:8080/v2?a', '/?a', BELOW],
    ['http://api.internal:8080/v22/x', '/v22/x', BELOW],
    ['/v2/x', '/api/v1/x', BOTH],
    ['/v2', '/api/v1', BOTH],
    ['/v2/api/v1/x', '/api/v1/x', BOTH],
    ['/login', '/login', BOTH],
    ['http://127.0.0.1/y', '/y', LOOPBACK],
    ['https://127.0.0.1:9000/y', '/y', LOOPBACK],
  ])('%s is %s', (uri, own, places = KEPT) => {
    expect(ownUri(uri, places)).toBe(own)
  })

  it.each([
    '/.//evil.test',
    '/.//evil.test/x?y',
    'http://api.internal:8080//evil.test/x',
    'http://api.internal:8080///evil.test',
    'http://api.internal:8080/\\evil.test',
    'http://api.internal:8080/..//evil.test',
    '/a/..//evil.test',
    '/%2e//evil.test',
    '/%2E%2e//evil.test',
    '..//..//..//evil.test',
    './/..//..//..//..//evil.test',
  ])('that begins with an empty segment is no way to another host: %s', (uri) => {
    for (const places of [KEPT, STRIPPED, BELOW, BOTH]) {
      const own = ownUri(uri, places) ?? ''
      expect(own).not.toMatch(/^[/\\]{2}/)
      expect(new URL(own, places.callerUrl).host).toBe('gateway.test')
    }
    expect(ownUri('http://api.internal:8080/v2//evil.test', BELOW)).toBe('/evil.test')
  })
})

describe('a URI of another host', () => {
  it.each<[uri: string, own: string | null]>([
    ['https://other.test/c', 'https://other.test/c'],
    ["https://other.test/c?'", "https://other.test/c?'"],
    ['https://api.internal.other.test/', 'https://api.internal.other.test/'],
    ['https://api.internal@other.test/', 'https://api.internal@other.test/'],
    ['mailto:a@other.test', 'mailto:a@other.test'],
    ['cursor://callback', 'cursor://callback'],
    ['urn:isbn:1', 'urn:isbn:1'],
    ['//other.test/c', 'https://other.test/c'],
    ['/\\other.test/c', 'https://other.test/c'],
    ['/\t/other.test/c', 'https://other.test/c'],
    ['\\\\other.test/c', 'https://other.test/c'],
    ['///other.test/c', 'https://other.test/c'],
    ['https:other.test/c', 'https://other.test/c'],
    ['https:\\\\other.test', 'https://other.test/'],
    ['http://[bad', 'http://[bad'],
    ['//[bad', null],
    ['ftp://api.internal/', null],
    ['app://API.internal/', null],
    ['http://api.internal:99999/', null],
    ['view-source:http://api.internal/x', null],
    ['feed:https://API.internal/x', null],
    ['mailto:help@api.internal', 'mailto:help@api.internal'],
  ])('%s is %s', (uri, own) => {
    expect(ownUri(uri, KEPT)).toBe(own)
  })

  it('another port of loopback is another program, and stays', () => {
    expect(ownUri('http://127.0.0.1:3000/', LOOPBACK)).toBe('http://127.0.0.1:3000/')
  })

  it.each([
    ['https://gateway.test/sign-in', 'https://gateway.test/sign-in'],
    ['http://gateway.test/x', '/x'],
    ['//gateway.test/x', '/x'],
    ['https://gateway.test//evil.test', '/evil.test'],
  ])('the gateway itself: %s is %s', (uri, own) => {
    expect(ownUri(uri, STRIPPED)).toBe(own)
  })
})

describe('any text', () => {
  const PARTS = [
    ['/', '//', '\\', '.', '..', '%2e', '%2f', '%5c', ':', '@', '?', '#', '&', ';', '\t', ' '],
    ['http:', 'https:', 'HTTP:', 'ws:', 'ftp:', 'javascript:', 'api.internal', 'API.INTERNAL'],
    [':8080', ':80', 'gateway.test', 'evil.test', 'v2', 'api/v1', 'x', "'", '"', '[', 'é', '\0'],
  ].flat()
  const part = fc.constantFrom(...PARTS)
  const uri = fc.array(part, { maxLength: 9 }).map((parts) => parts.join(''))
  const places = fc.constantFrom(KEPT, STRIPPED, BELOW, BOTH)

  it('never begins with what a browser takes for a host, and never names the origin', () => {
    fc.assert(
      fc.property(uri, places, (reference, at) => {
        const own = ownUri(reference, at)
        if (own === null) return
        expect(own).not.toMatch(/^\s*[/\\]\s*[/\\]/)
        if (!URL.canParse(own, at.callerUrl)) return
        expect(new URL(own, at.callerUrl).hostname).not.toBe('api.internal')
      }),
      { ...RUNS, numRuns: 20_000 },
    )
  })

  it('leads to the gateway if it led to the origin, and elsewhere if it led elsewhere', () => {
    fc.assert(
      fc.property(uri, places, (reference, at) => {
        if (!URL.canParse(reference, at.asked)) return
        const meant = new URL(reference, at.asked)
        if (!/^(?:https?|wss?):$/.test(meant.protocol)) return
        const got = new URL(ownUri(reference, at) ?? '', at.callerUrl)
        const isOwn = ['api.internal', 'api.internal.'].includes(meant.hostname)
        expect(got.hostname).toBe(isOwn ? 'gateway.test' : meant.hostname)
        expect(got.search).toBe(meant.search)
      }),
      { ...RUNS, numRuns: 20_000 },
    )
  })
})

describe('headers', () => {
  const changed = (headers: Record<string, string>, places = STRIPPED) =>
    ownUriHeaders(new Map(Object.entries(headers)), () => places)

  it.each(['location', 'content-location', 'operation-location', 'odata-entityid', 'sourcemap'])(
    '%s',
    (name) => {
      expect(changed({ [name]: 'http://api.internal:8080/x/2' })).toEqual({ [name]: '/api/v1/x/2' })
      expect(changed({ [name]: 'https://other.test/' })).toEqual({})
      expect(changed({ [name]: `/${'a'.repeat(20_000)}` })).toEqual({ [name]: null })
      // A header that has come twice.
      expect(changed({ [name]: '/x, http://api.internal:8080/y' })).toEqual({ [name]: null })
      expect(changed({ [name]: '/x, //evil.test' })).toEqual({ [name]: null })
      expect(changed({ [name]: '/x, /x' })).toEqual({ [name]: '/api/v1/x' })
      expect(changed({ [name]: '/api/v1/x?q=a, b' })).toEqual({ [name]: '/api/v1/x?q=a,%20b' })
    },
  )

  it.each([
    ['<http://api.internal:8080/x?page=2>; rel="next"', '</api/v1/x?page=2>; rel="next"'],
    [
      '</x?page=2>; rel=next, </x>; rel=prev',
      '</api/v1/x?page=2>; rel=next, </api/v1/x>; rel=prev',
    ],
    ['<https://other.test/a,b>; rel="x"; title="<http://api.internal/>"', null],
    [
      '<?page=2>; rel="next"; anchor="http://api.internal/x"',
      '<?page=2>; rel="next"; anchor="/api/v1/x"',
    ],
    ['<//api.internal/x>;rel=next', '</api/v1/x>;rel=next'],
    ['</.//evil.test>;rel=next', '</api/v1//evil.test>;rel=next'],
    ['<http://api.internal/x', '</api/v1/x>'],
    ['rel=next', null],
    [
      '<x>; rel=next; anchor=http://api.internal/x;title=a, <y>; rev=a',
      '<x>; rel=next; anchor="/api/v1/x";title=a, <y>; rev=a',
    ],
    [
      '<x>; rel="http://api.internal:8080/rels/a next https://other.test/b"',
      `<x>; rel="${GATEWAY}/api/v1/rels/a next https://other.test/b"`,
    ],
    [
      '<x>; rel=preload; imagesrcset="http://api.internal/a 1x, https://api.internal/b 2x"',
      `<x>; rel=preload; imagesrcset="${GATEWAY}/api/v1/a 1x, ${GATEWAY}/api/v1/b 2x"`,
    ],
    ['http://api.internal/x; rel=next', `${GATEWAY}/api/v1/x; rel=next`],
    [
      '<x>; rel=next; title*=UTF-8\'\'a; anchor="//evil.test"',
      '<x>; rel=next; title*=UTF-8\'\'a; anchor="https://evil.test/"',
    ],
  ])('Link: %s', (link, own) => {
    expect(changed({ link })).toEqual(own === null ? {} : { link: own })
  })

  it('Link: an unreadable target takes the header with it', () => {
    expect(changed({ link: '<//[bad>; rel=next' })).toEqual({ link: null })
  })

  it.each([
    ['5; url=http://api.internal:8080/x', '5; url=/api/v1/x'],
    ['0;URL="http://api.internal/x"', '0; url=/api/v1/x'],
    ["1, url = 'https://api.internal/x' trailing", '1; url=/api/v1/x'],
    ['3; //api.internal/x', '3; url=/api/v1/x'],
    ['3 /x', '3; url=/api/v1/x'],
    ['3; url=//evil.test/', '3; url=https://evil.test/'],
    ['0;url=', '0; url='], // the page itself
    ["7; url=''", '7; url='],
    ['5', null],
    ['5;', '5; url='],
    ['5s; url=/x', null],
  ])('Refresh: %s', (refresh, own) => {
    expect(changed({ refresh })).toEqual(own === null ? {} : { refresh: own })
  })

  it("WWW-Authenticate: the URIs of a bearer's challenge are the gateway's", () => {
    const challenge = (uri: string) => `Bearer realm="a \\"b\\"", resource_metadata="${uri}"`
    expect(changed({ 'www-authenticate': challenge('http://api.internal:8080/x/meta') })).toEqual({
      'www-authenticate': challenge(`${GATEWAY}/api/v1/x/meta`),
    })
    expect(changed({ 'www-authenticate': challenge('https://other.test/') })).toEqual({})
    const lists = (a: string, b: string) => `Bearer resource_metadata=${a}, scope="${b} x ${a}"`
    const [one, two] = ['http://api.internal:8080/a', 'https:\\/\\/api.internal/b']
    expect(changed({ 'www-authenticate': lists(one, two) })).toEqual({
      'www-authenticate': lists(`${GATEWAY}/api/v1/a`, `${GATEWAY}/api/v1/b`),
    })
  })

  it.each(['5s; url=http://api.internal/x', 'url=http://API.internal/x', '-1;url=//api.internal'])(
    'Refresh that no browser reads, but that names the origin, is dropped: %s',
    (refresh) => expect(changed({ refresh })).toEqual({ refresh: null }),
  )

  it('a URI with a byte that is no UTF-8 is dropped if it has to change', () => {
    const location = 'http://api.internal:8080/caf\uFFFD'
    expect(changed({ location, link: `<${location}>` })).toEqual({ location: null, link: null })
    expect(changed({ location: '/api/v1/caf\uFFFD' })).toEqual({})
    const whole = { location: 'http://api.internal:8080/café' }
    expect(changed(whole)).toEqual({ location: '/api/v1/caf%C3%A9' })
  })

  it('are read in time, whatever they hold', () => {
    for (const piece of ['"\\"', '<', '"', 'anchor="', 'url=', "'", ' ', '1', '\\'])
      expect(() =>
        changed({ link: piece.repeat(8_000), refresh: piece.repeat(4_000) }),
      ).not.toThrow()
  })

  it('without any URI change nothing', () => {
    const places = () => {
      throw new Error('read for nothing')
    }
    expect(ownUriHeaders(new Map([['etag', '"a"']]), places)).toEqual({})
  })
})
