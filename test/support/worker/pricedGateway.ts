/** A gateway with one route for each way of pricing a call. */
import { env } from 'cloudflare:workers'
import { CHAIN_ID, CURRENCY } from '../../../dev/money.ts'
import { defineGateway } from '../../../src/config/defineGateway.ts'
import { createGateway } from '../../../src/index.ts'
import { EVM } from '../evmMoney.ts'

const { DEV_URL = '' } = env as unknown as Record<string, string>
const priced = { auth: ['api_key', 'payment'], origin: 'api', timeout: '5s' } as const
const metered = { ...priced, intent: 'session', price: '0.00015', unit: 'tweet' } as const
const results = { pointer: '/tweets' }
const most = { query: 'limit', default: 20, max: 100 }

export default createGateway(
  defineGateway({
    publicUrl: DEV_URL,
    basePath: '',
    lease: '5s',
    apiKeys: { prefix: 'xq_', limit: 100 },
    sessions: { cookie: 'session_token', idle: '7d', absolute: '30d' },
    tiers: { read: 'unlimited', write: 'unlimited', delete: 'unlimited' },
    addressLimits: { unauthenticated: 'unlimited' },
    cors: { origins: ['https://app.test'] },
    payments: {
      chainId: CHAIN_ID,
      currency: CURRENCY,
      decimals: 6,
      recipientFrom: 'PAYMENT_RECIPIENT',
      challenge: '5m',
      channels: { suggestedDeposit: '0.01', operatorFrom: 'PAYMENT_OPERATOR' },
      sponsor: { perPayment: '0.05', perDay: '0.1' },
      evm: { ...EVM, recipientFrom: 'PAYMENT_RECIPIENT' },
    },
    origins: { api: { urlFrom: 'ORIGIN_URL' } },
    routes: [
      { ...priced, route: 'GET|POST /after', price: '0.00015', body: '1kb' },
      { ...priced, route: 'GET /before', price: '0.00015', settle: 'before' },
      { ...priced, route: 'GET /proof', price: '0' },
      { ...priced, route: 'GET /sponsored', price: '0.00015', sponsored: true },
      { ...priced, route: 'GET /header', price: '0.00015', paymentHeader: true },
      { ...priced, route: 'GET /evm', price: '0.00015', methods: ['evm'] },
      { ...priced, route: 'GET /evm/dear', price: '0.003', methods: ['evm'] },
      { ...priced, route: 'GET /evm/before', price: '0.00015', methods: ['evm'], settle: 'before' },
      { ...priced, route: 'GET /both', price: '0.00015', methods: ['evm', 'tempo'] },
      { ...metered, route: 'GET /search', results, most },
      { ...metered, route: 'GET /likes', results, most },
      { ...metered, route: 'GET /dear', price: '0.0003', results, most },
      { ...metered, route: 'POST /download', results, most: { body: ['/ids'], max: 50 } },
      { ...metered, route: 'GET /counted', results: { header: 'x-count' }, most: { max: 10 } },
      { ...metered, route: 'GET /stream', results: { events: true }, most: { max: 2 } },
    ],
  }),
)
