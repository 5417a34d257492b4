/** `npm run ledger` as an operator runs it: a real process, a real database, a real chain. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createClient, defineChain, type Hash, http } from 'viem'
import { generatePrivateKey, privateKeyToAccount, privateKeyToAddress } from 'viem/accounts'
import { getBlockNumber } from 'viem/actions'
import { tempoLocalnet } from 'viem/chains'
import { Actions } from 'viem/tempo'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { chainArguments, chainProgram } from '../../dev/chain.ts'
import { CHAIN_ID, CURRENCY, PAYER_PRIVATE_KEY } from '../../dev/money.ts'
import { freePort } from '../../dev/ports.ts'
import { entriesOf, type LedgerEvent } from '../../payments/ledger.ts'
import { startLogNode, transferIn } from '../support/node/logNode.ts'
import { event, openTestLedger, wrong } from '../support/node/testLedger.ts'

const PAYER = privateKeyToAddress(PAYER_PRIVATE_KEY).toLowerCase()

let chain: ChildProcess
let rpcUrl: string
let testLedger: Awaited<ReturnType<typeof openTestLedger>>
/** A new recipient for each test, so that no test sees the transfers of another. */
let recipient: `0x${string}`

const killChain = () => chain?.kill('SIGKILL')

beforeAll(async () => {
  const program = chainProgram()
  if (program === null) throw new Error('the chain’s program is missing: npm ci brings it')
  const port = await freePort(19_487)
  chain = spawn(program, chainArguments(port), { stdio: 'ignore' })
  process.once('exit', killChain)
  rpcUrl = `http://127.0.0.1:${port}`
  for (let tries = 0; !(await isAnswering()); tries++) {
    if (tries === 200 || chain.exitCode !== null) throw new Error('the chain does not answer')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  testLedger = await openTestLedger()
})

afterAll(async () => {
  killChain()
  process.off('exit', killChain)
  await testLedger?.end()
})

beforeEach(async () => {
  recipient = privateKeyToAddress(generatePrivateKey())
  await testLedger.clear(rpcUrl, recipient)
})

function client() {
  const definition = defineChain({
    ...tempoLocalnet,
    id: CHAIN_ID,
    rpcUrls: { default: { http: [rpcUrl] } },
  })
  const account = privateKeyToAccount(PAYER_PRIVATE_KEY)
  return createClient({ account, chain: definition, transport: http(rpcUrl) })
}

function isAnswering(): Promise<boolean> {
  return getBlockNumber(client()).then(
    () => true,
    () => false,
  )
}

/** Moves money on the chain. Returns the transaction's hash. */
async function transfer(amount: bigint, to = recipient): Promise<Hash> {
  const moved = await Actions.token.transferSync(client(), { token: CURRENCY, to, amount })
  return moved.receipt.transactionHash
}

/** The events of a paid call: claim and settlement. */
function paid(
  challengeId: string,
  transaction: string,
  more: Partial<LedgerEvent> = {},
): [LedgerEvent, LedgerEvent] {
  return [
    event('claim', challengeId, more),
    event('settlement', challengeId, { ...more, transaction }),
  ]
}

const write = (...events: LedgerEvent[]) => testLedger.write(...events)
const insert = (entry: object) => testLedger.insert(entry)
const ledger = (...args: string[]) => testLedger.run(...args)

describe('the report', () => {
  it('says that an empty ledger is empty, and adds up', async () => {
    const ran = await ledger()
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(ran.stdout).toContain('The ledger is empty.\n\nsum of all entries: 0 ✓')
  })

  it('shows sums by account, route, payer, mode and kind, and open payments', async () => {
    await write(
      ...paid('first', '0x01'),
      ...paid('second', '0x02', {
        amount: '1050',
        row: 'GET /trends',
        mode: 'push',
        payer: '0xbb',
      }),
      ...paid('owing', '0x03'),
      event('undelivered', 'owing', { at: 0 }),
      event('claim', 'under way', { amount: '9007199254740993', at: 0 }),
      event('claim', 'let go'),
      event('release', 'let go'),
    )
    const ran = await ledger()
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(ran.stdout.replaceAll(/ {2,}/g, '  ')).toBe(
      `The ledger has 20 entries.

Currency ${CURRENCY}
  payer  -9007199254.742342
  held  9007199254.740992
  revenue  0.001200
  owed  0.000150
sum of all entries: 0 ✓

Revenue by route
  GET /trends  0.001050
  GET /x/tweets/:id  0.000150

Revenue by payer
  0xbb  0.001050
  ${PAYER}  0.000150

Revenue by mode
  push  0.001050
  pull  0.000150

Payments under way
  under way  9007199254.740992  GET /x/tweets/:id, ${PAYER}, 1970-01-01T00:00:00.000Z

Answers owed
  owing  0.000150  GET /x/tweets/:id, ${PAYER}, 1970-01-01T00:00:00.000Z

Events
  claim  5
  settlement  3
  undelivered  1
  release  1
`,
    )
  })

  it('does not add up when an event has only one entry', async () => {
    await write(...paid('good', '0x01'))
    const [, alone] = entriesOf(event('settlement', 'bad', { eventId: 'e1', transaction: '0x02' }))
    await insert(alone)
    const ran = await ledger()
    expect(ran.code).toBe(1)
    expect(ran.stdout).toContain('sum of all entries: 0.000150 ✗')
    expect(wrong(ran)).toEqual([
      `✗ unbalanced event e1 (settlement): challenge bad, transaction 0x02: expected a sum of 0, found 0.000150 of ${CURRENCY}`,
    ])
  })

  it('does not add up when the errors of two events cancel out', async () => {
    const [less] = entriesOf(event('claim', 'one', { eventId: 'e1' }))
    const [, more] = entriesOf(event('claim', 'two', { eventId: 'e2' }))
    await insert(less)
    await insert(more)
    const ran = await ledger()
    expect(ran.code).toBe(1)
    expect(ran.stdout).toContain('sum of all entries: 0 ✓')
    expect(wrong(ran)).toEqual([
      expect.stringContaining('event e1 (claim): challenge one'),
      expect.stringContaining('event e2 (claim): challenge two'),
    ])
  })

  it('does not add up when more was settled than claimed', async () => {
    const [claim, settlement] = paid('greedy', '0x01')
    await write(claim, settlement, event('settlement', 'greedy', { transaction: '0x02' }))
    const ran = await ledger()
    expect(ran.code).toBe(1)
    expect(ran.stdout).toMatch(/greedy +-0\.000150 +✗ below zero/)
  })

  it('contains no control characters that could steer the terminal', async () => {
    await write(...paid('\u001b[2Jgone\n✗ made up', '0x01', { payer: '\u202egnorw' }))
    await write(event('claim', '\u001b]0;title\u0007'))
    const { stdout } = await ledger()
    expect(stdout).toContain('\\u{1b}]0;title\\u{7}')
    expect(stdout).toContain('\\u{202e}gnorw')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(stdout.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u202e]/)
  })

  it.each([
    [['--csv', ''], /--csv needs/],
    [['--rpc', 'http://127.0.0.1:1'], /go with --reconcile/],
    [['--reconcile', '--recipient', '0x12'], /must be an address/],
    [['--reconcile', '--rpc', 'file:///etc'], /must be an http/],
    [
      ['--reconcile', '--rpc', 'http://127.0.0.1:1/secret'],
      /^\nThe chain could not be asked \(.*\): HTTP request failed.\n\n$/,
    ],
    [['--reconcile', '--remote'], /--rpc is missing/],
    [['--nope'], /--nope/],
  ])('fails with code 2 and a sentence for the arguments %j', async (args, message) => {
    const { code, stderr } = await ledger(...args)
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
    expect(stderr).not.toContain('secret')
  })
})

describe('the ledger as CSV', () => {
  const awkward = [
    'a "quoted", comma',
    'two\r\nlines',
    '=HYPERLINK("http://127.0.0.1","x")',
    '+1',
    '-1+1',
    '@SUM(A1)',
    '\t=1',
    ' =1',
    "'quoted",
    "''",
    '',
    'ünï😀',
  ]

  it('contains every entry unchanged, and no formula', async () => {
    for (const text of awkward) {
      await write(...paid(text, text, { row: text, payer: text, requestId: text }))
    }
    const file = join(testLedger.folder, 'out.csv')
    expect(await ledger('--csv', file)).toMatchObject({ code: 0 })
    const csv = readFileSync(file, 'utf8')
    const [names = [], ...rows] = parseCsv(csv)
    const header = names.map(({ text }) => text)
    const { results } = await testLedger.database
      .prepare('select * from ledger_entries order by id')
      .all<Record<string, string | number | null>>()
    expect(results.length).toBe(awkward.length * 4)
    const numbers = new Set(['id', 'amount', 'at'])
    const expected = results.map((result) => header.map((name) => result[name]))
    const found = rows.map((row) =>
      row.map((cell, column) => {
        const name = header[column] ?? ''
        if (numbers.has(name)) return Number(cell.text)
        expect(cell.text).not.toMatch(/^\s*[=+\-@\t\r]/)
        return cell.text === '' && !cell.quoted ? null : cell.text.replace(/^'/, '')
      }),
    )
    expect(header).toEqual(Object.keys(results[0] ?? {}))
    expect(found).toEqual(expected)
    expect(csv.endsWith('\r\n')).toBe(true)

    const out = await ledger('--csv', '-')
    expect(out.stdout).toBe(csv)
    expect(out.stderr).toContain('sum of all entries: 0 ✓')
  })

  it('fails with a sentence when the file cannot be written', async () => {
    const { code, stderr } = await ledger('--csv', join(testLedger.folder, 'no/such/folder.csv'))
    expect(code).toBe(2)
    expect(stderr).toContain('no such file')
  })
})

describe('the ledger and the chain', () => {
  it('agree when every settlement has its transfer', async () => {
    const earlier = await transfer(7n)
    await nextSecond()
    const at = Date.now()
    await write(
      ...paid('pulled', await transfer(150n), { at }),
      ...paid('pushed', (await transfer(1050n)).toUpperCase().replace('0X', '0x'), {
        amount: '1050',
        mode: 'push',
        currency: CURRENCY.toUpperCase().replace('0X', '0x'),
      }),
      event('claim', 'proven', { amount: '0', mode: 'proof' }),
      event('settlement', 'proven', { amount: '0', mode: 'proof' }),
    )
    // A transfer to another recipient.
    await transfer(150n, privateKeyToAddress(generatePrivateKey()))
    const ran = await ledger('--reconcile')
    expect(wrong(ran), `${earlier} is older than the ledger`).toEqual([])
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(ran.stdout).toMatch(
      /Compared with the chain: 3 settlements; 2 transfers in blocks \d+ to \d+\nthe ledger and the chain agree ✓\n$/,
    )
  })

  it('differ by exactly the things that are wrong', async () => {
    const good = await transfer(150n)
    const less = await transfer(149n)
    const twice = await transfer(150n)
    const elsewhere = await transfer(150n, privateKeyToAddress(generatePrivateKey()))
    const missing = `0x${'ab'.repeat(32)}`
    await write(
      ...paid('good', good, { at: Date.now() - 60_000 }),
      ...paid('less', less),
      ...paid('missing', missing),
      ...paid('one', twice),
      ...paid('other', twice),
      ...paid('elsewhere', elsewhere),
      ...paid('not a hash', '0x12'),
      ...paid('none', '').map((one) => ({ ...one, transaction: null })),
    )
    const orphan = await transfer(33n)
    const released = await transfer(44n)
    await write(event('claim', 'let go'), event('release', 'let go', { transaction: released }))
    const args = ['--reconcile', '--rpc', rpcUrl, '--recipient', recipient]
    const ran = await ledger(...args)
    expect(ran).toMatchObject({ code: 1, stderr: '' })
    const of = `of ${CURRENCY}`
    expect(wrong(ran).map((line) => line.replace(/ in block \d+$/, ''))).toEqual([
      `✗ one transaction, settled more than once: challenge one and other, transaction ${twice}: expected 1 settlement, found 2`,
      `✗ wrong amount: challenge less, transaction ${less}: expected 0.000150 ${of}, found 0.000149 of it`,
      `✗ no such transaction: challenge missing, transaction ${missing}: expected 0.000150 ${of}, found none`,
      `✗ wrong amount: challenge elsewhere, transaction ${elsewhere}: expected 0.000150 ${of}, found 0.000000 of it`,
      `✗ no such transaction: challenge not a hash, transaction 0x12: expected 0.000150 ${of}, found text that is no transaction hash`,
      `✗ settled without a transaction: challenge none, transaction none: expected 0.000150 ${of}, found none`,
      `✗ on the chain, not in the ledger: challenge none, transaction ${orphan}: expected a settlement, found 0.000033 ${of} from ${PAYER}`,
      `✗ on the chain, not in the ledger: challenge let go, transaction ${released}: expected a settlement, not a release, found 0.000044 ${of} from ${PAYER}`,
    ])
    expect(ran.stdout).toContain('8 differences between the ledger and the chain ✗')
  })

  it('differ by a transaction that failed', async () => {
    // A call of a function that the token does not have: the transaction is mined and fails.
    const [from] = await client().request({ method: 'eth_accounts' })
    if (from === undefined) throw new Error('the chain has no accounts')
    const call = { from, to: CURRENCY, data: '0xdeadbeef', gas: '0xf4240' } as const
    const hash = await client().request({ method: 'eth_sendTransaction', params: [call] })
    await write(...paid('failed', hash))
    await nextSecond()
    const ran = await ledger('--reconcile')
    expect(ran.code).toBe(1)
    expect(wrong(ran)).toEqual([
      `✗ the transaction failed: challenge failed, transaction ${hash}: expected 0.000150 of ${CURRENCY}, found nothing moved`,
    ])
  })

  it('differ by a settlement that is older than the chain', async () => {
    await write(...paid('long ago', `0x${'cd'.repeat(32)}`, { at: 1_000 }))
    const ran = await ledger('--reconcile')
    expect(ran.code).toBe(1)
    expect(wrong(ran)).toEqual([expect.stringContaining('before the chain’s first block')])
  })

  it('are compared over more blocks than the node answers in one request', async () => {
    const node = await startLogNode({
      head: 21_000,
      mostBlocks: 700,
      logs: [999, 1000, 12_345, 21_000].map((block) =>
        transferIn(block, CURRENCY, { from: CURRENCY, to: recipient, amount: 1n }),
      ),
    })
    await write(event('claim', 'first', { at: 1_000_900 }))
    try {
      const ran = await ledger('--reconcile', '--rpc', node.url)
      expect(ran.code).toBe(1)
      expect(ran.stdout).toContain('3 transfers in blocks 1000 to 21000')
      const blocks = wrong(ran).map((line) => line.replace(/^.* in block /, ''))
      expect(blocks).toEqual(['1000', '12345', '21000'])
    } finally {
      node.end()
    }
  })
})

/** Waits for two blocks, so that what follows has a later time than what was before. */
async function nextSecond(): Promise<void> {
  const before = await getBlockNumber(client(), { cacheTime: 0 })
  while ((await getBlockNumber(client(), { cacheTime: 0 })) < before + 2n) {
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

interface Cell {
  text: string
  quoted: boolean
}

/** A strict reader of RFC 4180: throws if any character is no part of a cell or line break. */
function parseCsv(csv: string): Cell[][] {
  const rows: Cell[][] = [[]]
  const cells = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy
  while (cells.lastIndex < csv.length) {
    const at = cells.lastIndex
    const match = cells.exec(csv)
    if (match === null) throw new Error(`no CSV from character ${at} on`)
    const [, quoted, plain = '', end] = match
    const text = quoted?.replaceAll('""', '"') ?? plain
    rows.at(-1)?.push({ text, quoted: quoted !== undefined })
    if (end === '\r\n') rows.push([])
  }
  expect(rows.pop()).toEqual([])
  return rows
}
