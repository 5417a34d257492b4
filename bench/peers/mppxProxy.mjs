// mppx's own proxy, as its README sets it up: one priced route and one free one before the origin.
import { Proxy as PaymentsProxy, Service } from 'mppx/proxy'
import { Mppx, tempo } from 'mppx/server'

const mppx = Mppx.create({
  methods: [
    tempo.charge({
      currency: '0x20c000000000000000000000b9537d11c60e8b50',
      recipient: '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC',
    }),
  ],
  realm: 'xquik.com',
  secretKey: 'a secret of the bench that has thirty-two bytes',
})

const proxy = PaymentsProxy.create({
  services: [
    Service.from('api', {
      baseUrl: 'http://origin',
      routes: {
        'GET /v1/x/tweets/:id': mppx.charge({ amount: '0.00015' }),
        'GET /v1/x/users/:id': true,
      },
    }),
  ],
})

export default { fetch: (request) => proxy.fetch(request) }
