/**
 * Every page and every mail, made from sample data: with nothing in it, full, refused, and with
 * texts of strangers. A test asks for one by its name.
 */
import { decimalsOf } from '../../../src/config/amounts.ts'
import shipped from '../../../src/gateway.config.ts'
import { Problem, type ProblemCode } from '../../../src/http/problem.ts'
import { consentPage } from '../../../src/pages/consent.tsx'
import { accountPage, deletedPage } from '../../../src/pages/dashboard/account.tsx'
import { shownApps } from '../../../src/pages/dashboard/apps.tsx'
import { createdKeyPage } from '../../../src/pages/dashboard/createdKey.tsx'
import { foundPaymentsPage } from '../../../src/pages/dashboard/foundPayments.tsx'
import { keysPage } from '../../../src/pages/dashboard/keys.tsx'
import { accountsPage, auditPage } from '../../../src/pages/dashboard/owners.tsx'
import { paymentsPage } from '../../../src/pages/dashboard/payments.tsx'
import { revokePage } from '../../../src/pages/dashboard/revokeKey.tsx'
import { shownUsage, type UsagePage } from '../../../src/pages/dashboard/usage.tsx'
import { errorPage } from '../../../src/pages/errorPage.tsx'
import { frontPage } from '../../../src/pages/front.tsx'
import type { WrittenMail } from '../../../src/pages/mail.tsx'
import { newBrowserMail, newKeyMail } from '../../../src/pages/noticeMail.ts'
import { problemPage } from '../../../src/pages/problem.tsx'
import { referencePage } from '../../../src/pages/reference.tsx'
import { linkPage, signedInPage, signInPage } from '../../../src/pages/signIn.tsx'
import { codePage, mailSentPage } from '../../../src/pages/signInCode.tsx'
import { signInMail } from '../../../src/pages/signInMail.ts'
import { askedLocale, type View, viewOf } from '../../../src/pages/view.ts'
import { Call } from '../../../src/pipeline/call.ts'
import type { Env } from '../../../src/store/env.ts'
import type { KeyListing } from '../../../src/store/keys/apiKeyStatements.ts'
import type { CurrencyReport, OpenPart } from '../../../src/store/ledger/report.ts'
import { CONSENT, HOSTILE_CONSENT } from './consents.ts'

const NOW = Date.UTC(2026, 10, 27, 17, 50)
const HOUR = 3_600_000
const DAY = 24 * HOUR
const LONG = `${'n'.repeat(60)}@${'long-host.'.repeat(12)}example.com`
/** A name that is markup, turns the line around, and is as long as a name may be. */
const HOSTILE = `"><img src=x onerror=alert(1)>\u202e evil\u0000 ${'W'.repeat(60)}`

const KEY: KeyListing = {
  id: '7',
  name: 'Production',
  prefix: 'xq_a1b2c',
  isActive: true,
  createdAt: NOW - 40 * DAY,
  requests: 1_204_118,
  lastUsedAt: NOW - 120_000,
  expiresAt: null,
}
const KEYS: KeyListing[] = [
  KEY,
  { ...KEY, id: '8', name: HOSTILE, requests: 0, lastUsedAt: null, expiresAt: NOW + 9 * DAY },
  { ...KEY, id: '9', name: 'Old laptop', isActive: false, lastUsedAt: NOW - 90 * DAY },
]

const HOURS = Array.from({ length: 24 }, (_, i) => NOW / HOUR - 1 - i).map((hour) =>
  Math.floor(hour),
)
const USAGE: UsagePage = {
  asked: { span: '24h', filter: { credential: null, route: null, status: null } },
  size: 'hour',
  starts: HOURS,
  usage: {
    cutAt: HOURS[20] ?? null,
    sums: [
      ...HOURS.map((hour, i) => ({
        by: 'bucket' as const,
        name: `${hour}`,
        status: '2xx' as const,
        requests: i * 731,
      })),
      { by: 'route', name: 'GET /x/tweets/:id', status: '2xx', requests: 1_204_118 },
      { by: 'route', name: 'GET /x/tweets/search', status: '429', requests: 12 },
      { by: 'credential', name: 'key 7', status: '2xx', requests: 1_204_118 },
      { by: 'credential', name: 'key 8', status: '5xx', requests: 3 },
      { by: 'credential', name: 'grant grt_2', status: '2xx', requests: 3 },
      { by: 'credential', name: 'session', status: '4xx', requests: 3 },
    ],
  },
  keys: KEYS,
  apps: [{ id: 'grt_2', clientName: HOSTILE, lastUsedAt: NOW }],
  routes: ['GET /x/tweets/:id', `GET /x/${'long/'.repeat(20)}`],
  now: NOW,
}

const CURRENCY = shipped.payments?.currency ?? ''
const PAYER = '0x5f3e9b1c5d2a4f6b8c7d9e0f1a2b3c4d5e6f7a8b'
const CHALLENGE = 'qB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY'
const NONE: OpenPart = { all: 0, shown: [], total: 0n }
const REPORT: CurrencyReport = {
  currency: CURRENCY,
  sum: 0n,
  byAccount: new Map([
    ['revenue', 1_234_567n],
    ['fees', -420n],
  ]),
  revenueByRoute: new Map([
    ['GET /x/tweets/:id', 1_200_000n],
    ['GET /x/followers/check', 34_567n],
  ]),
  revenueByMode: new Map(),
  revenueByPayer: { all: 60, shown: [[PAYER, 1_234_567n]] },
  spentByRoute: new Map([['GET /x/tweets/search', 4_500n]]),
  moved: new Map(),
  held: NONE,
  owed: NONE,
  due: {
    all: 1,
    total: 150n,
    shown: [
      {
        what: 'due',
        currency: CURRENCY,
        id: CHALLENGE,
        challengeId: CHALLENGE,
        amount: 150n,
        route: 'GET /x/tweets/:id',
        payer: PAYER,
        mode: 'pull',
        kind: 'due',
        transaction: null,
        at: NOW - 2 * DAY,
      },
    ],
  },
  channels: { all: 0, shown: [] },
}
const SPAN = { from: '2026-10-29', to: '2026-11-27', decimals: decimalsOf(shipped.payments, null) }
const PAYMENT = {
  challengeId: CHALLENGE,
  payer: PAYER,
  mode: 'pull',
  currency: CURRENCY,
  channelId: null,
  entries: (
    [
      ['authorize', 'payer', -150n],
      ['authorize', 'held', 150n],
      ['capture', 'held', -150n],
      ['capture', 'revenue', 150n],
    ] as const
  ).map(([kind, account, amount]) => ({
    kind,
    account,
    amount,
    at: NOW - HOUR,
    row: 'GET /x/tweets/:id',
    requestId: 'req_5b1c1f0e-9f0e-4a53-8f3e-7f3c0b8a9d11',
    transaction: `0x${'ab'.repeat(32)}`,
    eventId: `${CHALLENGE}:${kind}`,
  })),
}
const ACCOUNT = {
  id: 'acc_0f1e2d3c4b5a69788796a5b4',
  email: 'nina@example.com',
  plan: 'active' as const,
  createdAt: NOW - 40 * DAY,
  disabledAt: null,
  deletedAt: null,
}
const AUDIT = {
  id: 1,
  act: 'disable' as const,
  at: NOW,
  actorId: ACCOUNT.id,
  actorEmail: ACCOUNT.email,
  subjectId: 'acc_2',
  subjectEmail: LONG,
}
const SESSION = {
  id: 'ses_1',
  browser: 'Firefox, Windows',
  place: 'Izmir, TR',
  createdAt: NOW - 3 * DAY,
  seenAt: NOW - HOUR / 2,
}
const GRANT = {
  id: 'grt_1',
  clientId: 'c',
  clientName: 'Claude',
  scope: 'mcp:tools',
  resource: 'https://xquik.com/mcp',
  audiences: 'https://xquik.com/mcp',
  createdAt: NOW - 3 * DAY,
  lastUsedAt: NOW - HOUR,
}
const SIGNED = {
  accountId: ACCOUNT.id,
  email: ACCOUNT.email,
  sessionId: 'ses_1',
  now: NOW,
  isEnded: false,
}
const TWO_BROWSERS = [
  SESSION,
  { ...SESSION, id: 'ses_2', browser: '', place: '', seenAt: NOW - 50 * HOUR },
]
const EXAMPLE = { url: 'https://xquik.com/api/v1/account', header: 'x-api-key' }
const NO_PLACE = { items: [], next: null, asked: '', isDone: false, isOwner: () => false }
const sent = { email: 'nina@example.com', returnPath: null, linkMs: 900_000, cookie: 'a=b' }
const keysParts = {
  keys: KEYS,
  limit: 100,
  token: 'a'.repeat(32),
  now: NOW,
  isRevoked: false,
  lately: null,
}

/** The page of an error of the API, at a route with a price. */
const failed =
  (code: ProblemCode, body: object = {}) =>
  ({ call }: View): Response => {
    call.route = shipped.routes.find(({ price }) => price !== null)
    return errorPage(call, shipped, { error: code, message: new Problem(code).message, ...body })
  }

type Show = (view: View) => Response

/** Pages of a person who is signed in, by the function that makes each and by its state. */
const PERSONAL: Record<string, Record<string, Show>> = {
  keysPage: {
    empty: (view) => keysPage(view, { ...keysParts, keys: [] }),
    full: (view) => keysPage(view, { ...keysParts, isRevoked: true }),
    limited: (view) => keysPage(view, { ...keysParts, limit: 2 }),
    refused: (view) =>
      keysPage(view, { ...keysParts, refused: { typed: HOSTILE, fault: 'invisible' } }),
  },
  createdKeyPage: {
    usual: (view) =>
      createdKeyPage(view, {
        name: 'Production',
        fullKey: `xq_${'a1'.repeat(32)}`,
        example: EXAMPLE,
      }),
    hostile: (view) =>
      createdKeyPage(view, { name: HOSTILE, fullKey: `xq_${'a1'.repeat(32)}`, example: null }),
  },
  revokePage: {
    used: (view) => revokePage(view, { key: KEY, lastHour: 14, now: NOW }),
    hostile: (view) =>
      revokePage(view, {
        key: { ...KEY, name: HOSTILE, lastUsedAt: null },
        lastHour: null,
        now: NOW,
      }),
  },
  shownUsage: {
    empty: (view) => shownUsage(view, { ...USAGE, keys: [], usage: { sums: [], cutAt: null } }),
    full: (view) => shownUsage(view, USAGE),
  },
  shownApps: {
    empty: (view) => shownApps(view, { grants: [], oauth: shipped.oauth, now: NOW, isEnded: true }),
    full: (view) =>
      shownApps(view, {
        grants: [
          GRANT,
          {
            ...GRANT,
            id: 'grt_2',
            clientName: HOSTILE,
            scope: `${GRANT.scope} ${'s'.repeat(200)}`,
          },
        ],
        oauth: shipped.oauth,
        now: NOW,
        isEnded: false,
      }),
  },
  accountPage: {
    usual: (view) => accountPage(view, { ...SIGNED, sessions: TWO_BROWSERS }),
    refused: (view) =>
      accountPage(view, { ...SIGNED, email: LONG, sessions: TWO_BROWSERS, refused: HOSTILE }),
  },
  accountsPage: {
    empty: (view) => accountsPage(view, { ...NO_PLACE, asked: HOSTILE }),
    full: (view) =>
      accountsPage(view, {
        items: [
          { ...ACCOUNT, email: LONG },
          ACCOUNT,
          { ...ACCOUNT, id: 'acc_2', email: 'bo@example.com', disabledAt: NOW },
          { ...ACCOUNT, id: 'acc_3', email: 'acc_3', deletedAt: NOW },
        ],
        next: { createdAt: NOW, id: 'acc_3' },
        asked: '',
        isDone: true,
        isOwner: (email) => email === ACCOUNT.email,
      }),
  },
  auditPage: {
    empty: (view) => auditPage(view, { items: [], next: null }),
    full: (view) =>
      auditPage(view, { items: [AUDIT, { ...AUDIT, act: 'delete', subjectEmail: null }], next: 1 }),
  },
  paymentsPage: {
    empty: (view) =>
      paymentsPage(view, {
        ...SPAN,
        report: {
          entries: 0,
          events: new Map(),
          currencies: [],
          unbalanced: { all: 0, shown: [] },
        },
        days: [],
        isWrong: true,
        now: NOW,
      }),
    full: (view) =>
      paymentsPage(view, {
        ...SPAN,
        report: {
          entries: 4,
          events: new Map(),
          currencies: [REPORT],
          unbalanced: { all: 0, shown: [] },
        },
        days: [20_784, 20_783].map((day) => ({
          day,
          currency: CURRENCY,
          by: 'account',
          name: 'revenue',
          amount: 617_283n,
          count: 9,
        })),
        isWrong: false,
        now: NOW,
      }),
  },
  foundPaymentsPage: {
    none: (view) =>
      foundPaymentsPage(view, {
        ...SPAN,
        asked: HOSTILE,
        found: { all: 0, payments: [], isCut: false },
      }),
    one: (view) =>
      foundPaymentsPage(view, {
        ...SPAN,
        asked: CHALLENGE,
        found: { all: 1, payments: [PAYMENT], isCut: false },
      }),
  },
  consentPage: {
    usual: (view) => consentPage(view, CONSENT),
    hostile: (view) => consentPage(view, HOSTILE_CONSENT),
  },
  signedInPage: {
    here: (view) => signedInPage(view, ACCOUNT.email, null),
    another: (view) => signedInPage(view, LONG, '/dashboard/keys'),
  },
}

/** Pages for everybody. */
const OPEN: Record<string, Record<string, Show>> = {
  frontPage: {
    usual: (view) =>
      frontPage(view, shipped, { key: EXAMPLE, priced: 'https://xquik.com/api/v1/trends' }),
    bare: (view) => frontPage(view, { ...shipped, routes: [] }, { key: null, priced: null }),
  },
  // Its content is drawn by a script of the assets: see pages.test.ts.
  referencePage: { plain: (view) => referencePage(view, '/api/v1') },
  signInPage: {
    usual: (view) =>
      signInPage(view, { returnPath: null, hasGoogle: true, application: { name: 'Claude' } }),
    refused: (view) =>
      signInPage(view, {
        returnPath: '/dashboard',
        isTooLong: true,
        isInterrupted: true,
        application: { name: HOSTILE },
        refused: { typed: HOSTILE, complaint: 'Enter a valid e-mail address.' },
      }),
  },
  mailSentPage: {
    usual: (view) => mailSentPage(view, sent),
    hostile: (view) => mailSentPage(view, { ...sent, email: LONG }),
  },
  codePage: {
    usual: (view) => codePage(view, { returnPath: '/dashboard' }),
    refused: (view) => codePage(view, { returnPath: null, complaint: 'This code is not right.' }),
  },
  linkPage: {
    usual: (view) => linkPage(view, { email: ACCOUNT.email, token: 'a', cookies: [] }),
    hostile: (view) => linkPage(view, { email: LONG, token: 'a', cookies: [] }),
  },
  deletedPage: { usual: (view) => deletedPage(view, []) },
  problemPage: {
    unknown_client: (view) =>
      problemPage(view, new Problem('invalid_request', { message: HOSTILE })),
    link: (view) => problemPage(view, new Problem('sign_in_link_invalid')),
    limited: (view) =>
      problemPage(view, new Problem('rate_limit_exceeded', { fields: { retryAfter: 95 } })),
    unavailable: (view) => problemPage(view, new Problem('service_unavailable')),
  },
  errorPage: {
    '401': failed('unauthenticated'),
    '402': failed('payment_required'),
    '403': failed('cross_site_request'),
    '404': failed('not_found'),
    '405': failed('method_not_allowed'),
    '429': failed('rate_limit_exceeded', { retryAfter: 40 }),
    '500': failed('internal_error'),
    '502': failed('origin_unavailable'),
    '503': failed('service_unavailable', { message: HOSTILE }),
    '504': failed('origin_timeout'),
  },
}

const site = {
  ...shipped.site,
  name: 'Acme',
  support: 'mailto:help@acme.test',
  terms: 'https://acme.test/terms',
}
const mailView = ({ words }: View) => ({ site, publicUrl: 'https://acme.test', words })
const FACTS = {
  email: 'nina@example.com',
  browser: 'Firefox, Windows',
  place: 'Izmir, TR',
  at: NOW,
}
const UNKNOWN = { ...FACTS, email: LONG, browser: '', place: '' }
const LINK = {
  url: `https://acme.test/sign-in/link?token=${'a'.repeat(64)}`,
  code: 'AB12CD34',
  linkMs: 900_000,
}

const MAILS: Record<string, Record<string, (view: View) => WrittenMail>> = {
  signInMail: {
    usual: (view) => signInMail(mailView(view), LINK, FACTS),
  },
  newKeyMail: {
    usual: (view) => newKeyMail(mailView(view), FACTS, { name: 'Production', prefix: 'xq_a1b2c' }),
    hostile: (view) => newKeyMail(mailView(view), UNKNOWN, { name: HOSTILE, prefix: 'xq_a1b2c' }),
  },
  newBrowserMail: {
    usual: (view) => newBrowserMail(mailView(view), FACTS),
    hostile: (view) => newBrowserMail(mailView(view), UNKNOWN),
  },
}

/** "maker/state" → what it shows. */
const shown = new Map<string, (view: View) => Response>()
for (const [maker, states] of Object.entries({ ...PERSONAL, ...OPEN }))
  for (const [state, show] of Object.entries(states)) shown.set(`${maker}/${state}`, show)
for (const [maker, states] of Object.entries(MAILS))
  for (const [state, write] of Object.entries(states)) {
    const sentAs = (html: string) =>
      new Response(html, { headers: { 'content-type': 'text/html; charset=utf-8' } })
    shown.set(`${maker}/${state}`, (view) => sentAs(write(view).html))
    shown.set(`${maker}/${state}.txt`, (view) => new Response(write(view).text))
  }

export default {
  /** `/` lists all names; `/gallery/NAME` shows one, in the language of the browser. */
  fetch(request: Request): Response {
    const { pathname } = new URL(request.url)
    const name = pathname.replace('/gallery/', '')
    const show = shown.get(name)
    if (show === undefined) return Response.json([...shown.keys()])
    const call = new Call(request, {} as Env, { waitUntil: () => undefined })
    call.target = { path: pathname, query: '' }
    const person = { email: ACCOUNT.email, locale: askedLocale(call), isOwner: true }
    const isPersonal = Object.hasOwn(PERSONAL, name.split('/')[0] ?? '')
    return show(viewOf(call, shipped, isPersonal ? person : null))
  },
}
