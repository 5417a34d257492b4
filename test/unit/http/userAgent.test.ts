/** The names of browsers and places that people see in the list of their browsers. */
import { expect, it } from 'vitest'
import { browserName, placeOf } from '../../../src/http/userAgent.ts'

const WEBKIT = 'AppleWebKit/537.36 (KHTML, like Gecko)'
const MAC = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)'

it.each([
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0',
    'Firefox, Windows',
  ],
  [`${MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15`, 'Safari, macOS'],
  [`Mozilla/5.0 (X11; Linux x86_64) ${WEBKIT} Chrome/140.0.0.0 Safari/537.36`, 'Chrome, Linux'],
  [`Mozilla/5.0 (X11; CrOS x86_64 1) ${WEBKIT} Chrome/140.0.0.0 Safari/537.36`, 'Chrome, ChromeOS'],
  [
    `Mozilla/5.0 (Windows NT 10.0) ${WEBKIT} Chrome/140.0.0.0 Safari/537.36 Edg/140.0`,
    'Edge, Windows',
  ],
  [`${MAC} ${WEBKIT} Chrome/140.0.0.0 Safari/537.36 OPR/120.0`, 'Opera, macOS'],
  [
    `Mozilla/5.0 (Linux; Android 14) ${WEBKIT} SamsungBrowser/28.0 Chrome/130.0 Safari/537.36`,
    'Samsung Internet, Android',
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) CriOS/140.0 Safari/604.1',
    'Chrome, iOS',
  ],
  ['curl/8.5.0', 'curl'],
  ['', ''],
  ['<script>alert(1)</script>', ''],
  [`${'x'.repeat(600)} Firefox/1`, ''],
])('%s is named without a word of its own', (userAgent, name) => {
  expect(browserName(userAgent)).toBe(name)
})

it('a request without a name is of no known browser', () => {
  expect(browserName(null)).toBe('')
})

it.each([
  [{ city: 'Izmir', country: 'TR' }, 'Izmir, TR'],
  [{ country: 'T1' }, 'T1'],
  [{ city: '', country: 'TR' }, 'TR'],
  [{ city: 5, country: ['TR'] }, ''],
  [{ city: 'a\u202eb\u0000', country: 'TR' }, 'ab, TR'],
  [{ city: 'x'.repeat(500) }, `${'x'.repeat(79)}…`],
  [undefined, ''],
  [null, ''],
  ['TR', ''],
])('the place of %o is %s', (cf, place) => {
  expect(placeOf(cf)).toBe(place)
})
