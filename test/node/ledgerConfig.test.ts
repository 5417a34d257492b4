/**
 * `npm run ledger` takes the decimals of currencies and the escrow contract from the gateway's
 * config.
 */
import { join } from 'node:path'
import { encodeAbiParameters, encodeEventTopics, type Hex, numberToHex } from 'viem'
import { Abis, Addresses } from 'viem/tempo'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readOptions } from '../../cli/ledger/args.ts'
import { runLedger } from '../../cli/ledger/run.ts'
import { CURRENCY as LOCAL_CURRENCY } from '../../dev/money.ts'
import type { LedgerEvent } from '../../payments/ledger.ts'
import { parseConfig } from '../../src/config/defineGateway.ts'
import { logIn, startLogNode, transferIn } from '../support/node/logNode.ts'
import { event, openTestLedger } from '../support/node/testLedger.ts'

const CURRENCY = '0x20c000000000000000000000b9537d11c60e8b50'
const EVM_CURRENCY = '0x833589fcd6edb6e08f4c7c32d4f71b54bda02913'
const RECIPIENT = '0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc'
const ESCROW = '0xe5c0000000000000000000000000000000000001'
const CHANNEL_ID = numberToHex(7, { size: 32 })
/** 10^18 + 1: a JavaScript number would lose the 1. */
const LARGE = '1000000000000000001'

let testLedger: Awaited<ReturnType<typeof openTestLedger>>
beforeAll(async () => {
  testLedger = await openTestLedger()
  process.env.DEV_FOLDER = testLedger.folder
})
afterAll(async () => {
  delete process.env.DEV_FOLDER
  await testLedger.end()
})
beforeEach(() => testLedger.clear('http://127.0.0.1:1', RECIPIENT))

/** The part about payments of a config with these decimals. */
function paymentsOf(decimals: number, more: { evm?: object; channels?: object } = {}) {
  const { payments } = parseConfig({
    publicUrl: 'https://gateway.example',
    hosts: [],
    basePath: '',
    lease: '5s',
    apiKeys: { prefix: 'xq_', limit: 100 },
    sessions: { cookie: 'session_token', idle: '7d', absolute: '30d' },
    tiers: { read: 'unlimited', write: 'unlimited', delete: 'unlimited' },
    addressLimits: { unauthenticated: 'unlimited' },
    payments: {
      chainId: 4217,
      currency: CURRENCY.toUpperCase().replace('0X', '0x'),
      decimals,
      recipientFrom: 'RECIPIENT',
      challenge: '5m',
      ...more,
    },
    origins: { api: { urlFrom: 'ORIGIN_URL' } },
    routes: [{ route: 'GET /a', auth: ['api_key'], origin: 'api' }],
  })
  return payments
}

const evmOf = (currency: string, decimals: number) => ({
  chainId: 8453,
  currency,
  decimals,
  name: 'USD Coin',
  version: '2',
  recipientFrom: 'RECIPIENT',
})

/** The report, with one blank between columns, and whether everything adds up. */
async function report(payments: ReturnType<typeof paymentsOf>, ...args: string[]) {
  const lines: string[] = []
  const isSound = await runLedger(readOptions(args), payments, (some) => lines.push(...some))
  return { isSound, text: lines.join('\n').replaceAll(/ {2,}/g, ' ') }
}

const compared = (payments: ReturnType<typeof paymentsOf>, rpcUrl: string) =>
  report(payments, '--reconcile', '--rpc', rpcUrl, '--recipient', RECIPIENT, '--lag', '0')

/**
 * A payment of LARGE units. Its entries are written as text, because the events' own writer makes
 * numbers.
 */
async function pay(currency: string, more: Partial<LedgerEvent> = {}): Promise<void> {
  for (const kind of ['claim', 'settlement'] as const) {
    const claimed = event(kind, 'large', { currency, ...more })
    const [from, to] = kind === 'claim' ? ['payer', 'held'] : ['held', 'revenue']
    await testLedger.insert({ ...claimed, account: from, amount: `-${LARGE}` })
    await testLedger.insert({ ...claimed, account: to, amount: LARGE })
  }
}

describe('an amount is written with the decimals of its currency', () => {
  it.each([
    [0, '1000000000000000001'],
    [6, '1000000000000.000001'],
    [18, '1.000000000000000001'],
  ])('that has %i', async (decimals, written) => {
    await pay(CURRENCY)
    const { isSound, text } = await report(paymentsOf(decimals))
    expect(isSound).toBe(true)
    const zero = decimals === 0 ? '0' : `0.${'0'.repeat(decimals)}`
    expect(text).toContain(
      `\nCurrency ${CURRENCY}\n payer -${written}\n held ${zero}\n revenue ${written}\n owed ${zero}\n`,
    )
    expect(text).toContain(`\nRevenue by route\n GET /x/tweets/:id ${written}\n`)
    expect(text).not.toContain('smallest unit')
  })

  it('in every table, sentence and sum', async () => {
    const channel = { channelId: CHANNEL_ID, mode: 'channel', currency: CURRENCY } as const
    await testLedger.write(
      event('claim', 'held', { currency: CURRENCY, amount: '15' }),
      event('deposit', 'opened', { ...channel, amount: '2000' }),
      event('voucher', 'opened', { ...channel, amount: '300' }),
    )
    const alone = event('claim', 'alone', { currency: CURRENCY })
    await testLedger.insert({ ...alone, account: 'held', amount: '7' })
    const { isSound, text } = await report(paymentsOf(3))
    expect(isSound).toBe(false)
    expect(text).toContain('sum of all entries: 0.007 ✗ (it must be 0)')
    expect(text).toContain(`expected a sum of 0, found 0.007 of ${CURRENCY}`)
    expect(text).toContain('\n held 0.015 GET /x/tweets/:id,')
    expect(text).toContain('\nAll channels\n deposited 2.000\n accepted 0.300\n')
    expect(text).toContain('deposited 2.000, accepted 0.300, spent 0.000')
  })

  it('also on the chain of "evm"', async () => {
    await pay(EVM_CURRENCY, { mode: 'authorization' })
    const { text } = await report(paymentsOf(6, { evm: evmOf(EVM_CURRENCY, 18) }))
    expect(text).toContain(`\nCurrency ${EVM_CURRENCY}\n payer -1.000000000000000001\n`)
  })

  it('also where npm run dev has put its own token in the place of the config’s', async () => {
    await pay(LOCAL_CURRENCY)
    expect((await report(paymentsOf(18))).text).toContain(
      `\nCurrency ${LOCAL_CURRENCY}\n payer -1.000000000000000001\n`,
    )
  })
})

describe('an amount is written in the smallest unit', () => {
  const unknown = '0x20c0000000000000000000000000000000000099'
  const note = '(its decimals are not in the gateway’s config)'

  it.each<[what: string, currency: string, payments: ReturnType<typeof paymentsOf>]>([
    ['the config does not have its currency', unknown, paymentsOf(6)],
    ['the config has no payments', CURRENCY, null],
    [
      'the config has two decimals for one address',
      CURRENCY,
      paymentsOf(6, { evm: evmOf(CURRENCY, 18) }),
    ],
  ])('where %s, and the report says so', async (_, currency, payments) => {
    await pay(currency)
    const { isSound, text } = await report(payments)
    expect(isSound).toBe(true)
    expect(text).toContain(
      `\nCurrency ${currency} ${note}\n payer -${LARGE} smallest units\n held 0 smallest units\n revenue ${LARGE} smallest units\n`,
    )
  })

  it('apart from the channels whose currency is in the config', async () => {
    const deposit = (currency: string, id: number) =>
      event('deposit', 'opened', {
        currency,
        channelId: numberToHex(id, { size: 32 }),
        mode: 'channel',
        amount: '1500',
      })
    await testLedger.write(deposit(CURRENCY, 1), deposit(unknown, 2))
    const { text } = await report(paymentsOf(3))
    expect(text).toContain(`\nAll channels, currency ${CURRENCY}\n deposited 1.500\n`)
    expect(text).toContain(`\nAll channels, currency ${unknown} ${note}\n deposited 1500 smallest`)
  })

  it('in what the chain has, too', async () => {
    await testLedger.write(event('claim', 'first', { currency: unknown, at: 1000 }))
    const sent = { from: ESCROW, to: RECIPIENT, amount: BigInt(LARGE) } as const
    const logs = [transferIn(5, unknown, sent)]
    const node = await startLogNode({ head: 9, mostBlocks: 100, logs })
    try {
      const { text } = await compared(paymentsOf(6), node.url)
      expect(text).toContain(`found ${LARGE} smallest units of ${unknown} from `)
      const known = await compared(paymentsOf(18, { evm: evmOf(unknown, 18) }), node.url)
      expect(known.text).toContain(`found 1.000000000000000001 of ${unknown} from `)
    } finally {
      node.end()
    }
  })
})

describe('channels are looked for', () => {
  /**
   * A channel of 2,000,000 units that is opened at an escrow contract in block 3, and captured of
   * in block 5.
   */
  function channelAt(escrow: Hex) {
    const abi = Abis.tip20ChannelReserve
    const args = { channelId: CHANNEL_ID, payer: ESCROW, payee: RECIPIENT } as const
    const opened = encodeAbiParameters(
      [
        { type: 'address' },
        { type: 'address' },
        { type: 'address' },
        { type: 'bytes32' },
        { type: 'bytes32' },
        { type: 'uint96' },
      ],
      [ESCROW, CURRENCY, ESCROW, CHANNEL_ID, CHANNEL_ID, 2_000_000n],
    )
    const amount = { type: 'uint96' } as const
    const settled = encodeAbiParameters([amount, amount, amount], [300n, 300n, 300n])
    const topicsOf = (eventName: 'ChannelOpened' | 'Settled') =>
      encodeEventTopics({ abi, eventName, args })
    return [
      logIn(3, { address: escrow, topics: topicsOf('ChannelOpened'), data: opened }),
      logIn(5, { address: escrow, topics: topicsOf('Settled'), data: settled }),
      transferIn(5, CURRENCY, { from: escrow, to: RECIPIENT, amount: 300n }),
    ]
  }

  /** The ledger's side of that channel. */
  async function writeChannel(): Promise<void> {
    const told = (kind: LedgerEvent['kind'], amount: string) =>
      event(kind, 'opened', {
        amount,
        mode: 'channel',
        channelId: CHANNEL_ID,
        currency: CURRENCY,
        at: 2000,
      })
    await testLedger.write(
      told('deposit', '2000000'),
      told('voucher', '300'),
      told('spend', '300'),
      told('capture', '300'),
    )
  }

  const configured = paymentsOf(6, {
    channels: {
      suggestedDeposit: '1',
      operatorFrom: 'OPERATOR',
      escrow: ESCROW.replace('e5c', 'E5C'),
    },
  })
  const standard = paymentsOf(6, {
    channels: { suggestedDeposit: '1', operatorFrom: 'OPERATOR' },
  })

  it.each<[where: string, escrow: Hex, payments: ReturnType<typeof paymentsOf>]>([
    ['at the escrow contract of the config', ESCROW, configured],
    ['at the chain’s own where the config names none', Addresses.tip20ChannelReserve, standard],
    [
      'at the chain’s own where the config has no channels',
      Addresses.tip20ChannelReserve,
      paymentsOf(6),
    ],
  ])('%s', async (_, escrow, payments) => {
    await writeChannel()
    const node = await startLogNode({ head: 9, mostBlocks: 100, logs: channelAt(escrow) })
    try {
      const { isSound, text } = await compared(payments, node.url)
      expect(text).toMatch(/0 transfers in blocks 2 to 9\nand 1 channel\nthe ledger .* agree ✓$/)
      expect(isSound).toBe(true)
    } finally {
      node.end()
    }
  })

  it('nowhere else: another contract’s channels and money are none of ours', async () => {
    await writeChannel()
    const logs = channelAt(Addresses.tip20ChannelReserve)
    const node = await startLogNode({ head: 9, mostBlocks: 100, logs })
    try {
      const { isSound, text } = await compared(configured, node.url)
      expect(isSound).toBe(false)
      expect(text).toContain(`✗ channel ${CHANNEL_ID}: no such channel:`)
      expect(text).toContain('✗ on the chain, not in the ledger:')
      expect(text).toContain('2 differences between the ledger and the chain ✗')
    } finally {
      node.end()
    }
  })
})

it('the command reads the shipped config', async () => {
  await pay(CURRENCY)
  const { stdout } = await testLedger.run('--csv', join(testLedger.folder, 'out.csv'))
  expect(stdout.replaceAll(/ {2,}/g, ' ')).toContain('\n revenue 1000000000000.000001\n')
})
