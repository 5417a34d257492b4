/**
 * `npm run ledger` and payment channels: its report, and the differences that it finds on the
 * chain.
 */
import { createClient, defineChain, type Hex, http } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { tempoLocalnet } from 'viem/chains'
import { Actions } from 'viem/tempo'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { CURRENCY, PAYER_PRIVATE_KEY } from '../../dev/money.ts'
import type { LedgerEvent } from '../../payments/ledger.ts'
import { startChain } from '../support/node/chain.ts'
import { signVoucher } from '../support/node/channelWallet.ts'
import { event, openTestLedger, wrong } from '../support/node/testLedger.ts'

const ROW = 'GET /x/tweets/search'
const payer = privateKeyToAccount(PAYER_PRIVATE_KEY)

let chain: Awaited<ReturnType<typeof startChain>>
let testLedger: Awaited<ReturnType<typeof openTestLedger>>
/**
 * A new recipient for each test, so that no test sees the channels of another. The recipient has no
 * money for fees, so the payer acts for it as its operator.
 */
let recipient: Hex

beforeAll(async () => {
  chain = await startChain()
  testLedger = await openTestLedger()
})

afterAll(async () => {
  await testLedger.end()
  await chain.end()
})

beforeEach(async () => {
  recipient = privateKeyToAccount(generatePrivateKey()).address
  await testLedger.clear(chain.url, recipient)
})

function client() {
  const local = defineChain({ ...tempoLocalnet, rpcUrls: { default: { http: [chain.url] } } })
  return createClient({ account: payer, chain: local, transport: http(chain.url) })
}

/** Opens a channel whose payer is also the operator, which may settle for the recipient. */
async function open(deposit: bigint) {
  const terms = { payee: recipient, operator: payer.address, token: CURRENCY } as const
  const { receipt, ...opened } = await Actions.channel.openSync(client(), { ...terms, deposit })
  const { channelId, salt, authorizedSigner, expiringNonceHash } = opened
  const channel = { ...terms, payer: payer.address, salt, authorizedSigner, expiringNonceHash }
  const signed = (cumulativeAmount: bigint) => ({
    channel,
    cumulativeAmount,
    signature: signVoucher(channelId, cumulativeAmount),
  })
  const hashOf = ({ receipt }: { receipt: { transactionHash: Hex } }) => receipt.transactionHash
  return {
    channelId,
    openedBy: receipt.transactionHash,
    topUp: async (additionalDeposit: bigint) =>
      hashOf(await Actions.channel.topUpSync(client(), { channel, additionalDeposit })),
    settle: async (amount: bigint) =>
      hashOf(await Actions.channel.settleSync(client(), signed(amount))),
    close: async (captureAmount: bigint) =>
      hashOf(
        await Actions.channel.closeSync(client(), { ...signed(captureAmount), captureAmount }),
      ),
  }
}

/** The ledger's events of one channel, from kind, amount and transaction. */
function eventsOf(channelId: string, ...steps: [LedgerEvent['kind'], bigint, string?][]) {
  return steps.map(([kind, amount, transaction]) =>
    event(kind, `challenge of ${channelId.slice(0, 6)}`, {
      amount: String(amount),
      mode: 'channel',
      channelId,
      payer: payer.address,
      row: kind === 'spend' ? ROW : '',
      transaction: transaction ?? null,
    }),
  )
}

describe('the report on channels', () => {
  it('shows the sums of each channel and what is still locked, and adds up', async () => {
    const [one, two] = [`0x${'1a'.repeat(32)}`, `0x${'2b'.repeat(32)}`]
    await testLedger.write(
      ...eventsOf(
        one,
        ['open', 0n],
        ['deposit', 1_000_000n],
        ['voucher', 5_000n],
        ['spend', 1_500n],
      ),
      ...eventsOf(two, ['deposit', 200_000n], ['voucher', 3_000n], ['spend', 2_400n]),
      ...eventsOf(two, ['capture', 2_400n], ['lapse', 600n], ['refund', 197_600n]),
    )
    const ran = await testLedger.run()
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    const report = ran.stdout.replaceAll(/ {2,}/g, '  ').replaceAll(/, \d{4}-.*Z/g, '')
    expect(report).toContain('sum of all entries: 0 ✓')
    expect(report).toContain('Revenue by route\n  by channels  0.002400\n')
    expect(report).toContain(`Spent in channels by route\n  ${ROW}  0.003900\n`)
    expect(report).toContain(
      'All channels\n  deposited  1.200000\n  accepted  0.008000\n  spent  0.003900\n  settled  0.002400\n  refunded  0.197600\n  still locked  1.000000\n',
    )
    expect(report).toContain(
      `Channels, and what is locked in each
  ${one}  1.000000  deposited 1.000000, accepted 0.005000, spent 0.001500, settled 0.000000, refunded 0.000000, ${payer.address}
  ${two}  0.000000  deposited 0.200000, accepted 0.003000, spent 0.002400, settled 0.002400, refunded 0.197600, ${payer.address}
`,
    )
  })

  it('shows what was spent and never captured', async () => {
    const lost = `0x${'6f'.repeat(32)}`
    await testLedger.write(
      ...eventsOf(lost, ['deposit', 900n], ['voucher', 300n], ['spend', 300n], ['forfeit', 300n]),
      ...eventsOf(lost, ['refund', 900n]),
    )
    const ran = await testLedger.run()
    expect(ran.code).toBe(0)
    expect(ran.stdout).toMatch(/forfeited +0\.000300\n/)
    expect(ran.stdout).toContain('refunded 0.000900, forfeited 0.000300, ')
  })

  it.each<[what: string, steps: [LedgerEvent['kind'], bigint][]]>([
    ['authorized than deposited', [['voucher', 11n]]],
    [
      'spent than authorized',
      [
        ['voucher', 5n],
        ['spend', 6n],
      ],
    ],
    [
      'captured than spent',
      [
        ['voucher', 5n],
        ['spend', 5n],
        ['capture', 6n],
      ],
    ],
    ['refunded than there was', [['refund', 11n]]],
  ])('does not add up when more was %s', async (_, steps) => {
    await testLedger.write(...eventsOf(`0x${'3c'.repeat(32)}`, ['deposit', 10n], ...steps))
    const ran = await testLedger.run()
    expect(ran.code).toBe(1)
    expect(ran.stdout).toContain('✗ below zero')
  })
})

describe('the ledger and the chain on channels', () => {
  it('agree on an open channel, a closed one, and one whose opening was never mined', async () => {
    const running = await open(500_000n)
    const toppedUp = await running.topUp(100_000n)
    const settled = await running.settle(300n)
    const over = await open(200_000n)
    const captured = await over.settle(150n)
    const closed = await over.close(450n)
    await testLedger.write(
      ...eventsOf(running.channelId, ['open', 0n, running.openedBy]).map((one) => ({
        ...one,
        at: Date.now() - 60_000,
      })),
      ...eventsOf(running.channelId, ['deposit', 500_000n, running.openedBy]),
      ...eventsOf(running.channelId, ['deposit', 100_000n, toppedUp], ['voucher', 900n]),
      ...eventsOf(running.channelId, ['spend', 450n], ['capture', 300n, settled]),
      ...eventsOf(over.channelId, ['deposit', 200_000n, over.openedBy], ['voucher', 600n]),
      ...eventsOf(over.channelId, ['spend', 450n], ['capture', 150n, captured]),
      ...eventsOf(over.channelId, ['capture', 300n, closed], ['lapse', 150n, closed]),
      ...eventsOf(over.channelId, ['refund', 199_550n, closed]),
      ...eventsOf(`0x${'4d'.repeat(32)}`, ['open', 0n, `0x${'ab'.repeat(32)}`]),
    )
    const ran = await testLedger.run('--reconcile', '--lag', '0')
    expect(wrong(ran)).toEqual([])
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(ran.stdout).toMatch(
      /Compared with the chain: 0 settlements; 0 transfers in blocks \d+ to \d+\nand 3 channels\nthe ledger and the chain agree ✓\n$/,
    )
  })

  it('do not differ by a change that the ledger may not know yet', async () => {
    const known = await open(500_000n)
    const toppedUp = await open(200_000n)
    const since = Date.now() - 60_000
    await testLedger.write(
      ...eventsOf(known.channelId, ['deposit', 500_000n]).map((one) => ({ ...one, at: since })),
      ...eventsOf(toppedUp.channelId, ['deposit', 200_000n]),
    )
    await toppedUp.topUp(1n)
    const ran = await testLedger.run('--reconcile')
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(ran.stdout).toContain(
      `and 2 channels\n\nJust changed, to be compared by the next run\n  ${toppedUp.channelId}\nthe ledger and the chain agree ✓\n`,
    )
  })

  it('differ by exactly the things that are wrong', async () => {
    const wrongDeposit = await open(500_000n)
    const toppedUp = await wrongDeposit.topUp(1n)
    const wrongCapture = await open(200_000n)
    const settled = await wrongCapture.settle(150n)
    const wrongRefund = await open(300_000n)
    const closed = await wrongRefund.close(150n)
    const unknown = await open(7n)
    const missing = `0x${'5e'.repeat(32)}`
    const wrongCurrency = await open(11n)
    const otherCurrency = '0x20c0000000000000000000000000000000000001'
    await testLedger.write(
      ...eventsOf(wrongDeposit.channelId, ['deposit', 500_000n]).map((one) => ({
        ...one,
        at: Date.now() - 60_000,
      })),
      ...eventsOf(
        wrongCapture.channelId,
        ['deposit', 200_000n],
        ['voucher', 300n],
        ['spend', 300n],
      ),
      ...eventsOf(wrongCapture.channelId, ['capture', 300n, settled]),
      ...eventsOf(wrongRefund.channelId, ['deposit', 300_000n], ['voucher', 150n], ['spend', 150n]),
      ...eventsOf(wrongRefund.channelId, ['capture', 150n, closed]),
      ...eventsOf(missing, ['deposit', 9n]),
      ...eventsOf(wrongCurrency.channelId, ['deposit', 11n]).map((one) => ({
        ...one,
        currency: otherCurrency,
      })),
    )
    const ran = await testLedger.run('--reconcile', '--lag', '0')
    expect(ran).toMatchObject({ code: 1, stderr: '' })
    const line = (id: string, what: string, transaction: string | null, rest: string) =>
      `✗ channel ${id}: ${what}: challenge challenge of ${id.slice(0, 6)}, transaction ${transaction ?? 'none'}: ${rest}`
    expect(wrong(ran)).toEqual([
      line(wrongDeposit.channelId, 'wrong deposit', toppedUp, 'expected 0.500000, found 0.500001'),
      line(
        wrongCapture.channelId,
        'wrong captured amount',
        settled,
        'expected 0.000300, found 0.000150',
      ),
      line(wrongRefund.channelId, 'wrong refund', closed, 'expected 0.000000, found 0.299850'),
      line(missing, 'no such channel', null, 'expected a deposit of 0.000009, found none'),
      line(
        wrongCurrency.channelId,
        'wrong currency',
        wrongCurrency.openedBy,
        `expected ${otherCurrency}, found ${CURRENCY}`,
      ),
      `✗ channel ${unknown.channelId} is on the chain, not in the ledger: challenge none, transaction ${unknown.openedBy}: expected its deposit, found 0.000007`,
    ])
    expect(ran.stdout).toContain('6 differences between the ledger and the chain ✗')
  })
})
