/**
 * The states of a channel, as payments/README.md draws and tabulates them: the object itself walks
 * each arrow of each row once on a real SQLite, with the events that the ledger gets. The test says
 * what the chain answers.
 */
import { readFileSync } from 'node:fs'
import type { Hex } from 'viem'
import { privateKeyToAddress } from 'viem/accounts'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CURRENCY, OPERATOR, PAYER_PRIVATE_KEY, RECIPIENT } from '../../dev/money.ts'
import type { ChannelStatus } from '../../payments/channels/state.ts'
import type { PaymentChannel } from '../../src/contract/channel.ts'
import type { PaymentCredential } from '../../src/contract/wire.ts'
import { orderOf, PRICE, voucherOf } from '../support/node/channelGateway.ts'
import { objectStorage } from '../support/node/objectSql.ts'

/** The answers of chain and ledger in a test. */
const outside = vi.hoisted(() => ({
  /** The questions that the chain does not answer. */
  silent: new Set<'read' | 'send'>(),
  /** The state of each transaction that was sent. */
  status: 'pending' as 'pending' | 'mined' | 'expired' | 'over',
  /** Whether the chain's blocks show that a transaction whose life is over was never mined. */
  isLost: false,
  refuses: false,
  deposit: 10_000,
  settled: 0,
  captured: 0,
  closeRequestedAt: 0,
  /** The kinds of the events that the ledger has. */
  ledger: [] as string[],
  hasNoLedger: false,
}))

vi.mock('cloudflare:workers', () => ({
  DurableObject: class {
    ctx: unknown
    constructor(ctx: unknown) {
      this.ctx = ctx
    }
  },
}))
vi.mock('../../payments/channels/escrow.ts', async () => {
  const { ChainUnavailable } = await import('../../payments/chain/unavailable.ts')
  const unless = <T>(question: 'read' | 'send', answer: T) => {
    if (outside.silent.has(question)) throw new ChainUnavailable('silence')
    return answer
  }
  let signed = 0
  const sign = async () => {
    signed += 1
    return { raw: `0x${signed}`, hash: `0x${signed}` }
  }
  return {
    isOrdersChannel: () => true,
    closingOf: () => ({ captured: outside.captured }),
    createEscrow: () => ({
      canSettle: () => true,
      async checkOpen() {
        if (outside.refuses) throw new Error('it would fail')
        return outside.deposit
      },
      checkTopUp: async () => undefined,
      read: async () => unless('read', { ...outside }),
      send: async () => unless('send', { status: '0x1', blockNumber: '0x1' }),
      signSettle: sign,
      signClose: sign,
    }),
  }
})
vi.mock('../../payments/chain/transactionStatus.ts', () => ({
  transactionStatusOf: async () => ({
    state: outside.status,
    receipt: { status: '0x1', blockNumber: '0x1' },
  }),
}))
vi.mock('../../payments/chain/absence.ts', () => ({ wasNeverMined: async () => outside.isLost }))
vi.mock('../../payments/chain/transaction.ts', () => ({
  validBeforeOf: () => Date.now() / 1000 + 25,
}))
vi.mock('../../payments/ledger.ts', () => ({
  async writeLedger(_: unknown, events: { kind: string }[]) {
    if (outside.hasNoLedger) throw new Error('D1 does not answer')
    outside.ledger.push(...events.map(({ kind }) => kind))
  },
}))

/** By its path in a variable, because the types of Workers are none of this project's. */
const path: string = '../../payments/channels/object.ts'
const { PaymentChannelObject } = (await import(path)) as {
  PaymentChannelObject: new (
    ctx: unknown,
    env: unknown,
  ) => PaymentChannel & { alarm(): Promise<void> }
}

const MINUTE = 60_000
const [WATCH, DAY] = [4 * MINUTE, 86_400_000]
const PAYER = privateKeyToAddress(PAYER_PRIVATE_KEY).toLowerCase()
const ZERO = `0x${'00'.repeat(20)}`
const descriptor = {
  payer: PAYER,
  payee: RECIPIENT.toLowerCase(),
  operator: OPERATOR.toLowerCase(),
  token: CURRENCY,
  salt: `0x${'01'.repeat(32)}`,
  authorizedSigner: ZERO,
  expiringNonceHash: `0x${'02'.repeat(32)}`,
}
const CHANNEL = { channelId: `0x${'ab'.repeat(32)}` as Hex, descriptor }
const LATE = { expiresAt: 1 }
const EXPIRED = { state: 'refused', type: 'payment-expired' }

type State = ChannelStatus | '[*]'

/** One channel's object, whose first voucher is for 3000. */
function object() {
  const storage = Object.assign(objectStorage(), { setAlarm: async () => undefined })
  const peer = { takeFee: async () => true, dropFee() {}, enterChannel() {}, dropChannel() {} }
  const env = {
    CHARGES: { getByName: () => peer },
    SETTLE_AFTER_MS: String(60 * MINUTE),
    SETTLE_LEAST: '1000',
    SETTLE_AMOUNT: '4000',
    WATCH_EVERY_MS: String(WATCH),
  }
  const channel = new PaymentChannelObject({ storage }, env)
  const transaction = { type: 'transaction', transaction: '0x7601' }
  const credentials = {
    open: voucherOf(CHANNEL, 3000, { action: 'open', ...transaction }),
    topUp: voucherOf(CHANNEL, 0, {
      action: 'topUp',
      additionalDeposit: '2000',
      type: 'transaction',
      transaction: '0x7602',
    }),
    close: voucherOf(CHANNEL, 3000, { action: 'close' }),
  }
  const rows = <T>(query: string) => storage.sql.exec(query as never).toArray() as T[]
  const has = (table: string) =>
    rows(`select 1 from sqlite_master where name = '${table}'`).length > 0
  const stored = () => {
    const [row] = has('channel') ? rows<{ body: string }>('select body from channel') : []
    return row === undefined ? null : JSON.parse(row.body)
  }

  const one = {
    channel,
    credentials,
    state: (): State => stored()?.status ?? '[*]',

    /** The kinds of all events of the channel, those that wait too, however often. */
    events(): string[] {
      const waiting = has('outbox') ? rows<{ body: string }>('select body from outbox') : []
      const spends = has('spends') ? rows('select * from spends') : []
      const known = stored()
      const isOpened = known !== null && !['prepared', 'opening'].includes(known.status)
      return [
        ...outside.ledger,
        ...waiting.map(({ body }) => JSON.parse(body).kind),
        ...(isOpened && known.noted !== known.accepted.cumulative ? ['voucher'] : []),
        ...spends.map(() => 'spend'),
      ]
    },

    /** The actions of the transactions that were sent and are not known to be mined. */
    sent: () => rows("select action from transactions where state = 'sent'"),

    async accept(
      credential: PaymentCredential,
      requestId: string,
      rest: Parameters<typeof orderOf>[3] = {},
    ) {
      const order = orderOf(credential, 20, 'call', { requestId, ...rest })
      return structuredClone(await channel.accept(order))
    },
    manage: (credential: PaymentCredential, rest = {}) =>
      one.accept(credential, 'management', { purpose: 'manage', most: '0', ...rest }),
    voucher: (cumulative: number) => one.manage(voucherOf(CHANNEL, cumulative)),

    /** Waits until all that does not wait for time is done. */
    rest: () => vi.advanceTimersByTimeAsync(0),

    prepare: () => one.accept(one.credentials.open, 'first'),
    async beginOpening() {
      await one.prepare()
      outside.silent.add('send')
      void channel.keep('first', '0', 0).catch(() => undefined)
      await one.rest()
    },
    /** The channel is open, and the ledger knows all. `results`: so many were paid for. */
    async open(results = 0) {
      await one.manage(one.credentials.open)
      if (results > 0) await one.call(results)
      await channel.alarm()
    },
    async call(results: number, cumulative = 3000) {
      const [requestId, most] = [`call for ${cumulative}`, String(results * PRICE)]
      await one.accept(voucherOf(CHANNEL, cumulative), requestId, { most })
      await channel.keep(requestId, most, results)
    },
    /** A call that is being answered, which holds a close up. */
    async reserve(requestId = 'call', cumulative = 3000) {
      const highest = voucherOf(CHANNEL, cumulative)
      await one.accept(highest, requestId, { most: '450', holdMs: 60 * MINUTE })
    },
    /** The channel is closing, and one call is still being answered. */
    async beginClosing(cumulative = 3000) {
      await one.reserve('last', cumulative)
      credentials.close = voucherOf(CHANNEL, cumulative, { action: 'close' })
      outside.silent.add('send')
      void one.manage(credentials.close)
      await one.rest()
      await channel.alarm()
    },
    /** The close was sent, and is not known to be mined. */
    async sendClose() {
      await one.beginClosing()
      await channel.release('last')
      await channel.alarm()
      expect(one.sent()).toEqual([{ action: 'close' }])
    },
    async close() {
      await one.sendClose()
      await one.mine({ captured: 0 })
    },
    /** The chain shows what was sent, and the alarm rings. */
    async mine(chain: Partial<typeof outside>) {
      Object.assign(outside, { status: 'mined' }, chain)
      outside.silent.clear()
      await channel.alarm()
    },
    async pass(ms: number) {
      vi.setSystemTime(Date.now() + ms)
      await channel.alarm()
    },
  }
  return one
}
type TestedObject = ReturnType<typeof object>

const UNTOUCHED = { ...outside, silent: undefined, ledger: undefined }
beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-11-27T12:00:00Z') })
  vi.spyOn(console, 'error').mockImplementation(() => undefined)
  Object.assign(outside, { ...UNTOUCHED, silent: new Set(), ledger: [] })
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** One way along an arrow of a row: how its first state comes about, its step, and its events. */
interface Way {
  from: State
  to: State
  before: (one: TestedObject) => unknown
  step: (one: TestedObject) => unknown
  events?: string[]
}

const nothing = () => undefined
const silence = () => {
  outside.silent.add('read').add('send')
}
/** The ways of an event that changes no state, from each state. */
const stays = (
  states: Partial<Record<State, Way['before']>>,
  step: Way['step'],
  events: string[] = [],
): Way[] =>
  Object.entries(states).map(([state, before]) => {
    const same = state as State
    return { from: same, to: same, before, step, events }
  })
/** Each state, in which nothing happens meanwhile. */
const EACH: Record<State, Way['before']> = {
  '[*]': nothing,
  prepared: (one) => one.prepare(),
  opening: (one) => one.beginOpening(),
  open: (one) => one.open(),
  async closing(one) {
    await one.open()
    await one.beginClosing()
  },
  async closed(one) {
    await one.open()
    await one.close()
  },
}

/** A top-up was sent, and is not known to be mined. */
async function sendTopUp(one: TestedObject): Promise<void> {
  outside.silent.add('send')
  expect(await one.manage(one.credentials.topUp)).toEqual({ state: 'pending' })
}

/** A settlement was sent, and is not known to be mined. */
async function sendSettlement(one: TestedObject): Promise<void> {
  await one.open(20)
  await one.call(10, 4500)
  outside.silent.add('send')
  await one.channel.alarm()
  expect(one.sent()).toEqual([{ action: 'settle' }])
}

/** A call whose receipt was lost once. */
async function keepTwice(one: TestedObject): Promise<void> {
  await one.open()
  await one.reserve()
  for (const _ of [1, 2]) await one.channel.keep('call', '450', 3)
  await one.channel.alarm()
}

/** The chain has had no such channel for a minute, as far as it was asked. */
async function vanish(one: TestedObject): Promise<void> {
  outside.deposit = 0
  await one.pass(2 * WATCH + MINUTE)
  expect(await one.voucher(3000)).toEqual({ state: 'unavailable' })
}

const thenClosing = (before: Way['before'], cumulative?: number) => async (one: TestedObject) => {
  await before(one)
  await one.beginClosing(cumulative)
}

/** An open channel on which a call has reserved. */
const withCall: Way['before'] = async (one) => {
  await one.open()
  await one.reserve()
}

/** So much time passes, and nothing happens before. */
const idle = (ms: number) => async (one: TestedObject) => {
  await one.pass(ms - MINUTE)
  expect(one.state()).toBe('open')
  silence()
  await one.pass(MINUTE)
}

/** The ways of each row of the table, by its states and the beginning of its event. */
const ROWS: Record<string, Way[]> = {
  'none | a good `open`': [
    {
      from: '[*]',
      to: 'prepared',
      before: nothing,
      step: async (one) => expect(await one.prepare()).toMatchObject({ state: 'reserved' }),
      events: ['open'],
    },
  ],
  '`prepared` | `release`': [
    {
      from: 'prepared',
      to: '[*]',
      before: EACH.prepared,
      step: (one) => one.channel.release('first'),
    },
    { from: 'prepared', to: '[*]', before: EACH.prepared, step: (one) => one.pass(MINUTE) },
  ],
  '`prepared` | `keep`': [
    {
      from: 'prepared',
      to: 'opening',
      before: EACH.prepared,
      async step(one) {
        outside.silent.add('send')
        void one.channel.keep('first', '0', 0)
        await one.rest()
      },
    },
    {
      from: 'prepared',
      to: 'opening',
      before: EACH.prepared,
      async step(one) {
        outside.silent.add('send')
        void one.channel.draw('first', '150', 1)
        await one.rest()
      },
    },
  ],
  'none | an `open` that is refused': stays({ '[*]': nothing }, async (one) => {
    outside.refuses = true
    expect(await one.prepare()).toMatchObject({ state: 'refused' })
    Object.assign(outside, { refuses: false, hasNoLedger: true })
    expect(await one.prepare()).toEqual({ state: 'unavailable' })
  }),
  '`opening` | its transaction is mined': [
    {
      from: 'opening',
      to: 'open',
      before: EACH.opening,
      step: (one) => one.mine({}),
      events: ['deposit', 'voucher'],
    },
    {
      from: 'opening',
      to: 'closing',
      before: EACH.opening,
      step: (one) => one.mine({ closeRequestedAt: 1 }),
      events: ['deposit', 'voucher'],
    },
  ],
  '`opening` | its transaction has failed': [
    {
      from: 'opening',
      to: '[*]',
      before: EACH.opening,
      async step(one) {
        outside.status = 'expired'
        await one.channel.alarm()
      },
    },
    {
      from: 'opening',
      to: '[*]',
      before: EACH.opening,
      async step(one) {
        outside.status = 'over'
        await one.channel.alarm()
        expect(one.state(), 'blocks have not shown it').toBe('opening')
        outside.isLost = true
        await one.channel.alarm()
      },
    },
  ],
  '`open`; `closing`, with a `close` | a higher voucher': [
    ...stays({ open: EACH.open }, (one) => one.voucher(4500), ['voucher']),
    ...stays(
      { closing: EACH.closing },
      async (one) => {
        void one.manage(voucherOf(CHANNEL, 4500, { action: 'close' }))
        await one.rest()
      },
      ['voucher'],
    ),
  ],
  '`open` | a call': stays({ open: EACH.open }, async (one) => {
    const highest = voucherOf(CHANNEL, 3000)
    expect(await one.accept(highest, 'call')).toMatchObject({ state: 'reserved' })
    expect(await one.accept(highest, 'more', { most: '1' })).toMatchObject({ state: 'refused' })
  }),
  '`open` | a proof of the key': stays({ open: EACH.open }, async (one) => {
    const terms = orderOf(one.credentials.open, 1, 'manage')
    expect(await one.channel.recover(PAYER, terms)).toMatchObject({ state: 'open' })
    expect(await one.channel.recover(ZERO, terms)).toEqual({ state: 'none' })
  }),
  '`open`, `closing` | `keep`: what the call has cost': stays(
    { open: withCall, closing: thenClosing(withCall) },
    async (one) => {
      expect(await one.channel.keep('call', '450', 3)).toMatchObject({ spent: '450' })
    },
    ['spend'],
  ),
  '`open` | `draw`': stays(
    { open: withCall },
    async (one) =>
      expect(await one.channel.draw('call', '150', 1)).toMatchObject({ state: 'drawn' }),
    ['spend'],
  ),
  '`open`, `closing` | `release`': stays(
    { open: withCall, closing: thenClosing(withCall) },
    (one) => one.channel.release('call'),
  ),
  '`open`, `closing` | a top-up is mined': [
    ...stays(
      {
        async open(one) {
          await one.open()
          await sendTopUp(one)
        },
        closing: thenClosing(async (one) => {
          await one.open()
          await sendTopUp(one)
        }),
      },
      (one) => one.mine({ deposit: 12_000 }),
      ['deposit'],
    ),
    ...stays(
      { open: EACH.open },
      async (one) => {
        outside.deposit = 12_000
        await one.voucher(12_000)
      },
      ['deposit', 'voucher'],
    ),
  ],
  '`open` | `SETTLE_AMOUNT` can be taken': [
    ...stays({ open: (one) => one.open() }, sendSettlement, ['spend', 'voucher', 'spend']),
    ...stays({ open: (one) => one.open(20) }, async (one) => {
      outside.silent.add('send')
      await one.pass(60 * MINUTE)
      expect(one.sent()).toEqual([{ action: 'settle' }])
    }),
  ],
  '`open`, `closing` | a settlement is mined': [
    ...stays(
      { open: sendSettlement, closing: thenClosing(sendSettlement, 4950) },
      (one) => one.mine({ settled: 4500 }),
      ['capture'],
    ),
    ...stays(
      { open: (one) => one.open(20) },
      async (one) => {
        outside.settled = 1500
        await one.pass(WATCH)
      },
      ['capture'],
    ),
  ],
  '`open`, `closing` | `keep` again': [
    ...stays({ open: keepTwice, closing: thenClosing(keepTwice) }, async (one) => {
      expect(await one.channel.keep('call', '450', 3)).toMatchObject({ spent: '450' })
    }),
    ...stays(
      { open: keepTwice, closing: thenClosing(keepTwice) },
      (one) => one.channel.release('call'),
      ['spend'],
    ),
    ...stays({ open: keepTwice }, (one) => one.pass(2 * MINUTE), ['spend']),
  ],
  '`open` | `close` of the payer': [
    {
      from: 'open',
      to: 'closing',
      before: EACH.open,
      async step(one) {
        silence()
        expect(await one.manage(one.credentials.close)).toEqual({ state: 'pending' })
      },
    },
    {
      from: 'open',
      to: 'closing',
      async before(one) {
        await one.open(3)
        await one.reserve('last')
      },
      async step(one) {
        outside.closeRequestedAt = 1
        await one.pass(WATCH)
      },
    },
    {
      from: 'open',
      to: 'closing',
      before: (one) => one.open(3),
      step: idle(30 * DAY),
    },
    {
      from: 'open',
      to: 'closing',
      // The call that has opened it is the only one.
      async before(one) {
        await one.prepare()
        await one.channel.keep('first', '450', 3)
        await one.channel.alarm()
      },
      step: idle(2 * DAY),
    },
    { from: 'open', to: 'closing', before: EACH.open, step: idle(15 * MINUTE) },
  ],
  '`closing` | nothing is reserved any more': stays({ closing: EACH.closing }, async (one) => {
    await one.channel.alarm()
    expect(one.sent()).toEqual([])
    await one.channel.release('last')
    await one.channel.alarm()
    expect(one.sent()).toEqual([{ action: 'close' }])
  }),
  '`closing` | the close is mined': [
    {
      from: 'closing',
      to: 'closed',
      async before(one) {
        await one.open(3)
        await one.sendClose()
      },
      step: (one) => one.mine({ captured: 450 }),
      events: ['capture', 'lapse', 'refund'],
    },
  ],
  '`open`, `closing` | the chain has no such channel': [
    {
      from: 'open',
      to: 'closed',
      async before(one) {
        await one.open(3)
        await vanish(one)
      },
      step: (one) => one.pass(MINUTE),
      events: ['forfeit', 'lapse', 'refund'],
    },
    {
      from: 'closing',
      to: 'closed',
      before: thenClosing(async (one) => {
        await one.open(3)
        await vanish(one)
      }),
      async step(one) {
        await one.channel.release('last')
        await one.pass(MINUTE)
      },
      events: ['forfeit', 'lapse', 'refund'],
    },
  ],
  '`prepared` with a call, `opening`; `open` without an answer | its `open` comes again': stays(
    { prepared: EACH.prepared, opening: EACH.opening, open: EACH.open },
    async (one) => {
      const state = one.state() === 'open' ? 'reserved' : 'pending'
      expect(await one.accept(one.credentials.open, 'again', LATE)).toMatchObject({ state })
    },
  ),
  '`open`, `closing`, `closed` | a top-up or a close that was sent comes again': [
    ...stays(
      {
        async open(one) {
          await one.open()
          await sendTopUp(one)
        },
      },
      async (one) =>
        expect(await one.manage(one.credentials.topUp, LATE)).toEqual({ state: 'pending' }),
    ),
    ...stays(
      {
        async closing(one) {
          await one.open()
          await one.sendClose()
        },
      },
      async (one) =>
        expect(await one.manage(one.credentials.close, LATE)).toEqual({ state: 'pending' }),
    ),
    ...stays({ closed: EACH.closed }, async (one) =>
      expect(await one.manage(one.credentials.close, LATE)).toMatchObject({ state: 'managed' }),
    ),
  ],
  'any | another credential whose challenge has expired': stays(EACH, async (one) => {
    const strange = voucherOf(CHANNEL, 3000, { action: 'open', transaction: '0x7601' })
    for (const payload of [
      { ...strange.payload, type: 'transaction' },
      { ...strange.payload, action: 'close' },
      { ...strange.payload, action: 'voucher' },
    ])
      expect(await one.manage({ ...strange, payload }, LATE)).toMatchObject(EXPIRED)
  }),
  '`closed` by this Worker | `close` with a good voucher': stays(
    { closed: EACH.closed },
    async (one) => {
      const receipt = { txHash: expect.any(String) }
      expect(await one.manage(one.credentials.close)).toMatchObject({ state: 'managed', receipt })
      expect(await one.manage(one.credentials.close)).toMatchObject({ status: 410 })
    },
  ),
  '`closed` | anything else': stays({ closed: EACH.closed }, async (one) => {
    for (const credential of [
      one.credentials.open,
      one.credentials.topUp,
      voucherOf(CHANNEL, 4500),
    ])
      expect(await one.manage(credential)).toMatchObject({ status: 410 })
  }),
}

const README = readFileSync(new URL('../../payments/README.md', import.meta.url), 'utf8')
const SECTION = /\n## A channel\n(.*?)\n## /s.exec(README)?.[1] ?? ''

/** The rows of the table, and the arrows between states that each of them names. */
const DRAWN = SECTION.split('\n')
  .filter((line) => /^\| (?!state |---)/.test(line))
  .map((line) => {
    const [states = '', event = '', next = ''] = line.replace(/^\| /, '').split(' | ')
    const from = states === 'any' ? Object.keys(EACH) : statesIn(states)
    const to = /^the same/.test(next) ? ['the same'] : statesIn(next)
    const arrows = from.flatMap((one) =>
      to.map((other) => `${one} --> ${other === 'the same' ? one : other}`),
    )
    return { name: `${states} | ${event}`, arrows }
  })

function statesIn(cell: string): string[] {
  const named = [...cell.matchAll(/`(\w+)`/g)].flatMap(([, name = '']) =>
    name in EACH ? name : [],
  )
  return /^none/.test(cell) ? ['[*]', ...named] : named
}

const arrowOf = ({ from, to }: Way) => `${from} --> ${to}`
const ALL = Object.entries(ROWS)
const sorted = (arrows: Iterable<string>) => [...new Set(arrows)].sort()

describe('a channel', () => {
  const cases = ALL.flatMap(([row, ways]) =>
    ways.map((way, index) => ({ ...way, row, index, arrow: arrowOf(way) })),
  )
  it.each(cases)('goes $arrow: $row, way $index', async ({ from, to, before, step, events }) => {
    const one = object()
    await before(one)
    expect(one.state()).toBe(from)
    const known = one.events()
    await step(one)
    await one.rest()
    expect(one.state()).toBe(to)
    const happened = one.events()
    for (const kind of known) happened.splice(happened.indexOf(kind), 1)
    expect(happened).toEqual(events ?? [])
  })

  it('has exactly the rows that payments/README.md has, and walks every arrow of each', () => {
    for (const { name, arrows } of DRAWN) {
      const rows = ALL.filter(([row]) => name.startsWith(row))
      expect(
        rows.map(([, ways]) => sorted(ways.map(arrowOf))),
        name,
      ).toEqual([sorted(arrows)])
    }
    expect(ALL).toHaveLength(DRAWN.length)
  })

  it('has exactly the arrows that payments/README.md draws', () => {
    const diagram = /```mermaid\n(.*?)```/s.exec(SECTION)?.[1] ?? ''
    const drawn = [...diagram.matchAll(/^ {2}(\S+ --> \S+):/gm)].map(([, arrow = '']) => arrow)
    const walked = cases.filter(({ from, to }) => from !== to || from === 'open')
    expect(sorted(drawn)).toEqual(sorted(walked.map(arrowOf)))
  })
})
