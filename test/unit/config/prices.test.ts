/** Prices in the config: which are refused, and how the others are parsed. */
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../../src/config/defineGateway.ts'
import {
  CHANNELS,
  complaintsOf,
  EVM,
  METERED,
  PAYMENTS,
  sample,
  withMetered,
  withPriced,
  withRoutes,
} from '../../support/worker/sampleConfig.ts'

const route = (complaint: string) => `route "GET /a": ${complaint}`

it('the priced route, from which these tests make wrong ones, has no complaints', () => {
  expect(complaintsOf(withPriced())).toEqual([])
})

describe('a price that no caller could or would pay is refused', () => {
  it.each<[what: string, config: object, complaint: string]>([
    [
      'a price without "payment" in auth',
      withPriced({ auth: ['api_key'] }),
      'price: nobody can pay it; add "payment" to auth',
    ],
    [
      '"payment" in auth without a price',
      withRoutes({ auth: ['api_key', 'payment'] }),
      'auth: takes "payment", but has no price',
    ],
    [
      'a price without "payments"',
      withPriced({}, null),
      'price: needs "payments", which says how prices are paid',
    ],
    [
      'a price beside "anonymous"',
      withPriced({ auth: ['payment', 'anonymous'] }),
      'auth: takes "anonymous", so nobody would pay the price',
    ],
    [
      "the gateway's own endpoint",
      withPriced({ origin: undefined, endpoint: 'account.read' }),
      'price: only a route with an origin can have a price',
    ],
    [
      'a WebSocket',
      withPriced({ websocket: true }),
      'websocket: a route with a price cannot accept a WebSocket',
    ],
  ])('%s', (_what, config, complaint) => {
    expect(complaintsOf(config)).toEqual([route(complaint)])
  })

  it('all complaints about one price are listed at once', () => {
    const wrong = { auth: ['anonymous'], websocket: true, timeout: '30s' }
    expect(complaintsOf(withPriced(wrong, null))).toHaveLength(5)
  })
})

describe('a price is a plain decimal that is never rounded', () => {
  it.each(['0', '0.000001', '0.00015', '1', '1.0', '999'])('%j is accepted', (price) => {
    expect(complaintsOf(withPriced({ price }))).toEqual([])
  })

  it.each([
    '',
    '0.0',
    '0.000000',
    '00',
    '-0',
    '-1',
    '-0.00015',
    '+1',
    '$1',
    'free',
    '1e-4',
    '0,5',
    ' 1',
    '0.0000001',
    '0.0000005',
    '1.2345678',
    '0.0001500',
  ])('%j is refused in a currency of 6 decimals', (price) => {
    const form = 'write a decimal with at most 6 decimals, like "0.00015"'
    expect(complaintsOf(withPriced({ price }))).toEqual([
      expect.stringContaining(route(`price: "${price}" is not a price; ${form}`)),
    ])
  })

  it.each([
    ['1', 0, true],
    ['0.1', 0, false],
    ['0.01', 2, true],
    ['0.001', 2, false],
    ['0.000000000000000001', 18, true],
  ])('%j in a currency of %d decimals: %s', (price, decimals, isRight) => {
    const complaints = complaintsOf(withPriced({ price }, { ...PAYMENTS, decimals }))
    expect(complaints).toHaveLength(isRight ? 0 : 1)
  })

  // Once a bug: above 2^53 - 1 the ledger, whose amounts are numbers, recorded another amount.
  it.each([
    ['9007199254.740993', 6],
    ['0.010000000000000001', 18],
  ])('%j with %d decimals is more than the ledger can record exactly', (price, decimals) => {
    expect(complaintsOf(withPriced({ price }, { ...PAYMENTS, decimals }))).toHaveLength(1)
  })
})

describe('a payment that waits for the origin must not outlive its signature', () => {
  const sentence =
    'timeout: a signed payment is valid for about 25 s; ' + 'write at most 15s, or settle "before"'

  it.each([
    ['15001ms', undefined, [route(sentence)]],
    ['60s', 'after', [route(sentence)]],
    [undefined, undefined, []], // the default is what is allowed
    ['15s', undefined, []],
    ['15s', 'after', []],
    ['60s', 'before', []],
    [undefined, 'before', []],
  ])('timeout %s, settle %s', (timeout, settle, complaints) => {
    expect(complaintsOf(withPriced({ timeout, settle }))).toEqual(complaints)
  })
})

describe('a field that belongs to a price is refused without one', () => {
  it.each([
    ['intent', 'charge'],
    ['methods', ['tempo']],
    ['settle', 'after'],
    ['settle', 'before'],
    ['sponsored', true],
    ['paymentHeader', true],
    ['paymentHeader', false],
    ['unit', 'tweet'],
    ['results', { pointer: '/tweets' }],
    ['most', { max: 5 }],
  ])('%s %j', (field, value) => {
    expect(complaintsOf(withRoutes({ [field]: value }))).toEqual([
      route(`${field}: means nothing without a price`),
    ])
  })
})

describe('a price by the result must say what is counted', () => {
  it('the route from which these tests make wrong ones has no complaints', () => {
    expect(complaintsOf(withMetered())).toEqual([])
    expect(complaintsOf(withMetered({ timeout: '60s' }))).toEqual([])
  })

  it.each<[what: string, changes: Record<string, unknown>, complaints: string[]]>([
    ['no unit', { unit: undefined }, ['unit: is missing; write what one result is, like "tweet"']],
    [
      'a unit that is not a word',
      { unit: 'Tweet!' },
      ['unit: must be a word or two, like "tweet"'],
    ],
    [
      'no results',
      { results: undefined },
      ['results: needs exactly one of "pointer", "header" and "events"'],
    ],
    [
      'results in two places',
      { results: { pointer: '/tweets', header: 'x-count' } },
      ['results: needs exactly one of "pointer", "header" and "events"'],
    ],
    [
      'a pointer that is not a JSON pointer',
      { results: { pointer: 'tweets' } },
      [
        'results.pointer: "tweets" is not a JSON pointer; write one like "/tweets" or "/data/items"',
      ],
    ],
    [
      'a header with an impossible name',
      { results: { header: 'X Count' } },
      ['results.header: must be a lower-case header name, like "x-result-count"'],
    ],
    [
      'nothing but the treatment of what cannot be counted',
      { results: { uncountable: 'max' } },
      ['results: needs exactly one of "pointer", "header" and "events"'],
    ],
    [
      'an unknown place',
      { results: { path: '/tweets' } },
      [
        'results: unknown field "path"; the fields here are "pointer", "header", "events", "uncountable"',
      ],
    ],
    [
      'no `most`',
      { most: undefined },
      ['most: is missing; write how many results a call asks for, like { "max": 20 }'],
    ],
    [
      'no `most.max`',
      { most: { query: 'limit', default: 20 } },
      ['most.max: is missing; write a number (docs/config.md has an example)'],
    ],
    [
      'a parameter without a default',
      { most: { query: 'limit', max: 20 } },
      ['most.default: is missing; write how many a call without the parameter asks for'],
    ],
    [
      'a default without a parameter',
      { most: { default: 5, max: 20 } },
      ['most.default: means nothing without "query"'],
    ],
    [
      'a default above the maximum',
      { most: { query: 'limit', default: 21, max: 20 } },
      ['most.default: is more than "max"'],
    ],
    [
      'a parameter and a body',
      { most: { query: 'limit', default: 1, body: ['/ids'], max: 20 } },
      ['most: takes "query" or "body", not both'],
    ],
    [
      'a body without a pointer',
      { most: { body: [], max: 20 } },
      ['most.body: must have at least one pointer'],
    ],
    ['a maximum of 0', { most: { max: 0 } }, ['most.max: must be at least 1']],
    [
      'a time of settlement',
      { settle: 'after' },
      ['settle: means nothing for a price by the result, which is paid when counted'],
    ],
    ['a price of "0"', { price: '0' }, ['price: a price by the result must be above "0"']],
    [
      'more than the ledger can record',
      { price: '9007199254', most: { max: 2 } },
      ['most.max: so many results cost more than the ledger can record'],
    ],
  ])('%s', (_what, changes, complaints) => {
    expect(complaintsOf(withMetered(changes))).toEqual(complaints.map(route))
  })

  it('all complaints are listed at once', () => {
    const wrong = { unit: undefined, results: undefined, most: undefined, settle: 'after' }
    expect(complaintsOf(withMetered(wrong, PAYMENTS))).toHaveLength(5)
  })

  it('it needs the settings of channels', () => {
    expect(complaintsOf(withMetered({}, PAYMENTS))).toEqual([
      route('intent: "session" needs "payments.channels", which says how channels are set up'),
    ])
  })

  it.each(['0', '0.0', '1.0000001', 'much'])('a suggested deposit of %j is refused', (amount) => {
    const form = 'write a decimal above 0 with at most 6 decimals, like "1.5"'
    const payments = {
      ...PAYMENTS,
      channels: { suggestedDeposit: amount, operatorFrom: 'OPERATOR' },
    }
    expect(complaintsOf(withMetered({}, payments))).toEqual([
      `payments.channels.suggestedDeposit: "${amount}" is not an amount; ${form}`,
    ])
  })

  it.each(['unit', 'results', 'most'])('%s means nothing for a price by the call', (field) => {
    expect(complaintsOf(withPriced({ [field]: METERED[field] }))).toEqual([
      route(`${field}: means nothing for a price by the call; write intent "session"`),
    ])
  })
})

describe('how a price by the result is parsed', () => {
  it.each<[what: string, changes: Record<string, unknown>, expected: object]>([
    ['a pointer', {}, { results: { pointer: ['tweets'] } }],
    ['a deep pointer', { results: { pointer: '/a~1b/0' } }, { results: { pointer: ['a/b', '0'] } }],
    ['the answer itself', { results: { pointer: '' } }, { results: { pointer: [] } }],
    ['a header', { results: { header: 'x-count' } }, { results: { header: 'x-count' } }],
    ['events', { results: { events: true } }, { results: { events: true } }],
    ['what cannot be counted, refused', {}, { uncountable: 'refuse' }],
    [
      'what cannot be counted, free',
      { results: { header: 'x-count', uncountable: 'free' } },
      { results: { header: 'x-count' }, uncountable: 'free' },
    ],
    ['a parameter', {}, { most: { query: 'limit', default: 20, max: 100 } }],
    ['a body', { most: { body: ['/ids'], max: 5 } }, { most: { body: [['ids']], max: 5 } }],
    ['the same number for every call', { most: { max: 5 } }, { most: { max: 5 } }],
  ])('%s', (_what, changes, expected) => {
    const [route] = parseConfig(withMetered(changes)).routes
    const price = { intent: 'session', amount: 150n, unit: 'tweet', paymentHeader: false }
    expect(route?.price).toMatchObject({ ...price, ...expected })
  })

  it("channels are held by the chain's own contract, unless the config names another", () => {
    const operatorFrom = 'OPERATOR'
    const channels = { suggestedDeposit: '1.5', operatorFrom, escrow: `0x${'AB'.repeat(20)}` }
    const given = parseConfig(withMetered({}, { ...PAYMENTS, channels })).payments
    const escrow = `0x${'ab'.repeat(20)}`
    expect(given?.channels).toEqual({ suggestedDeposit: 1_500_000n, operatorFrom, escrow })
    const byDefault = parseConfig(withMetered({}, CHANNELS)).payments?.channels
    expect(byDefault?.escrow).toBe('0x4d50500000000000000000000000000000000000')
  })
})

describe('payments of a wrong form are refused', () => {
  it.each([
    ['chainId', 1.5, 'payments.chainId: '],
    ['chainId', '4217', 'payments.chainId: must be a number; write 4217, without quotes'],
    ['currency', '0x20c0', 'payments.currency: must be an address'],
    ['currency', 'USDC', 'payments.currency: must be an address'],
    ['currency', `0x${'g'.repeat(40)}`, 'payments.currency: must be an address'],
    ['decimals', '6', 'payments.decimals: must be a number; write 6, without quotes'],
    [
      'recipientFrom',
      `0x${'1'.repeat(40)}`,
      'payments.recipientFrom: must be the name of a variable, secret or binding',
    ],
    ['recipientFrom', undefined, 'payments.recipientFrom: is missing'],
    ['challenge', '5', 'payments.challenge: "5" is not a duration'],
    ['challenge', '0s', 'payments.challenge: "0s" is not a duration'],
  ])('%s %j', (field, value, complaint) => {
    expect(complaintsOf(sample({ payments: { ...PAYMENTS, [field]: value } }))).toEqual([
      expect.stringContaining(complaint),
    ])
  })

  it.each([
    ['chainId', 0],
    ['chainId', -1],
    ['decimals', -1],
    ['decimals', 19],
  ])('%s %j', (field, value) => {
    const complaints = complaintsOf(sample({ payments: { ...PAYMENTS, [field]: value } }))
    expect(complaints).toEqual([expect.stringMatching(`^payments\\.${field}: `)])
  })

  // Once a bug: these checks had no sentence.
  it.each([
    ['chainId', 0],
    ['decimals', 19],
  ])('%s %j: the sentence says what would be right', (field, value) => {
    const complaints = complaintsOf(sample({ payments: { ...PAYMENTS, [field]: value } }))
    expect(complaints.join()).not.toContain('Invalid input')
  })
})

describe('how a price by the call is parsed', () => {
  it.each([
    [
      'the defaults',
      {},
      { methods: ['tempo'], settle: 'after', sponsored: false, paymentHeader: false },
    ],
    [
      'all fields',
      { settle: 'before', paymentHeader: true, intent: 'charge' },
      { methods: ['tempo'], settle: 'before', sponsored: false, paymentHeader: true },
    ],
  ])('%s', (_what, changes, expected) => {
    const [route] = parseConfig(withPriced(changes)).routes
    expect(route?.price).toEqual({ amount: 150n, intent: 'charge', ...expected })
  })

  it('a price of "0" asks for a proof and is not the same as no price', () => {
    expect(parseConfig(withPriced({ price: '0' })).routes[0]?.price).toMatchObject({ amount: 0n })
  })

  it('a route without a price has none, even if the config has payments', () => {
    const config = { ...withRoutes({}), payments: PAYMENTS }
    expect(parseConfig(config).routes[0]?.price).toBeNull()
  })

  it("the currency's address is lower case, so that it has one spelling in every challenge", () => {
    expect(parseConfig(withPriced()).payments).toEqual({
      chainId: 4217,
      currency: '0x20c000000000000000000000b9537d11c60e8b50',
      decimals: 6,
      recipientFrom: 'PAYMENT_RECIPIENT',
      challengeMs: 300_000,
      sponsor: null,
      channels: null,
      evm: null,
    })
    expect(parseConfig(sample()).payments).toBeNull()
  })
})

describe('sponsored fees', () => {
  const sponsor = { perPayment: '0.01', perDay: '5' }

  it('need both the route and the payments to say so', () => {
    const gateway = parseConfig(withPriced({ sponsored: true }, { ...PAYMENTS, sponsor }))
    expect(gateway.routes[0]?.price).toMatchObject({ sponsored: true })
    expect(gateway.payments?.sponsor).toEqual({ perPayment: 10_000, perDay: 5_000_000 })
  })

  it.each<[what: string, changes: object, payments: Record<string, unknown>, complaint: string]>([
    [
      'without a budget',
      {},
      PAYMENTS,
      'sponsored: needs "payments.sponsor", which says how much we pay',
    ],
    [
      'of a proof',
      { price: '0' },
      { ...PAYMENTS, sponsor },
      'sponsored: a price of "0" has no fee',
    ],
    [
      'of another method',
      { methods: ['evm'] },
      { ...PAYMENTS, sponsor, evm: EVM },
      'sponsored: only the fees of "tempo"',
    ],
    [
      'within a budget that is not an amount',
      {},
      { ...PAYMENTS, sponsor: { ...sponsor, perDay: '$5' } },
      'payments.sponsor.perDay: "$5" is not an amount of dollars',
    ],
  ])('%s are refused at start', (_what, changes, payments, complaint) => {
    expect(complaintsOf(withPriced({ sponsored: true, ...changes }, payments)).join()).toContain(
      complaint,
    )
  })
})

describe('the methods with which a price can be paid', () => {
  const WITH_EVM = { ...PAYMENTS, evm: EVM }
  const withMethods = (methods: unknown, changes = {}, payments = {}) =>
    withPriced({ methods, ...changes }, { ...WITH_EVM, ...payments })

  it.each([[['tempo']], [['evm']], [['evm', 'tempo']], [['tempo', 'evm']]])(
    'can be %j',
    (methods) => {
      expect(complaintsOf(withMethods(methods))).toEqual([])
      const [route] = parseConfig(withMethods(methods)).routes
      expect(route?.price).toMatchObject({ methods })
    },
  )

  it('is Tempo alone by default', () => {
    expect(parseConfig(withPriced()).routes[0]?.price).toMatchObject({ methods: ['tempo'] })
    expect(parseConfig(withPriced()).payments?.evm).toBeNull()
  })

  it("has the currency's address in lower case", () => {
    const { payments } = parseConfig(withMethods(['evm']))
    expect(payments?.evm).toEqual({ ...EVM, currency: String(EVM.currency).toLowerCase() })
  })

  it.each<[what: string, config: object, complaint: string]>([
    ['no method', withMethods([]), 'methods: must name at least one way to pay'],
    [
      'an unknown method',
      withMethods(['stripe']),
      'methods[0]: "stripe" must be one of "tempo", "evm"',
    ],
    ['one method twice', withMethods(['evm', 'evm']), 'methods: a method is named twice'],
    [
      'evm without "payments.evm"',
      withMethods(['evm'], {}, { evm: undefined }),
      'methods: "evm" needs "payments.evm", which says how it is paid',
    ],
    [
      'evm for a price of "0"',
      withMethods(['evm'], { price: '0' }),
      'methods: "evm" cannot pay a price of "0"; write ["tempo"]',
    ],
    [
      'more decimals than the currency of evm has',
      withMethods(['evm'], { price: '0.00015' }, { evm: { ...EVM, decimals: 4 } }),
      'price: "0.00015" is not a price in the currency of "evm"; write at most 4 decimals, and less than 2^53 of its smallest unit',
    ],
    [
      'more of the smallest unit of evm than the ledger counts',
      withMethods(['evm'], { price: '1' }, { evm: { ...EVM, decimals: 18 } }),
      'price: "1" is not a price in the currency of "evm"; write at most 18 decimals, and less than 2^53 of its smallest unit',
    ],
    [
      "evm with challenges that expire before the origin's deadline",
      withMethods(['evm'], {}, { challenge: '20s' }),
      'timeout: an "evm" payment is valid as long as its challenge; make "payments.challenge" more than 20s',
    ],
    [
      'methods without a price',
      withRoutes({ methods: ['tempo'] }),
      'methods: means nothing without a price',
    ],
  ])('%s is refused', (_what, config, complaint) => {
    expect(complaintsOf(config)).toEqual([route(complaint)])
  })

  it('evm for a price by the result is refused', () => {
    const config = withMethods(['tempo', 'evm'], { intent: 'session' })
    expect(complaintsOf(config)).toContain(
      route('methods: "evm" cannot pay a price by the result; write ["tempo"]'),
    )
  })

  it.each([
    ['chainId', 0],
    ['currency', '0x12'],
    ['decimals', 19],
    ['name', ''],
    ['version', ''],
    ['recipientFrom', 'not a name'],
  ])('payments.evm.%s of a wrong form is refused', (name, value) => {
    const config = withMethods(['evm'], {}, { evm: { ...EVM, [name]: value } })
    expect(complaintsOf(config)).toEqual([expect.stringContaining(`payments.evm.${name}: must `)])
  })
})
