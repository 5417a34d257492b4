/** `/openapi.json` is valid by the published schema of OpenAPI 3.1. */
import { Validator } from '@seriousme/openapi-schema-validator'
import { describe, expect, it } from 'vitest'
import feed from '../../examples/feed/gateway.config.ts'
import mcp from '../../examples/mcp/gateway.config.ts'
import weather from '../../examples/weather/gateway.config.ts'
import type { Config, Route } from '../../src/config/config.ts'
import type { PublishedOffer } from '../../src/endpoints/discovery/offer.ts'
import { openApiOf } from '../../src/endpoints/discovery/openApi.ts'
import shipped from '../../src/gateway.config.ts'

/** An offer for each route with a price. That offers are those of challenges, other tests check. */
const OFFER: PublishedOffer = {
  method: 'tempo',
  intent: 'charge',
  amount: '150',
  currency: `0x${'20'.repeat(20)}`,
  recipient: `0x${'11'.repeat(20)}`,
  chainId: 4217,
  decimals: 6,
}
const offersFor = ({ price }: Route) => (price === null ? [] : [OFFER])

const documentOf = (config: Config) => JSON.parse(JSON.stringify(openApiOf(config, offersFor)))

describe.each(Object.entries({ shipped, feed, mcp, weather }))('of the table %s', (_, config) => {
  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator()
    expect(await validator.validate(documentOf(config))).toEqual({ valid: true })
    expect(validator.version).toBe('3.1')
  })

  it('has no component that nothing refers to, so that a generator writes no empty type', () => {
    const document = documentOf(config)
    const text = JSON.stringify(document)
    const { securitySchemes, ...kinds } = document.components
    for (const name of Object.keys(securitySchemes)) expect(text).toContain(`{"${name}":[`)
    for (const [kind, members] of Object.entries<object>(kinds))
      for (const name of Object.keys(members))
        expect(text).toContain(`"#/components/${kind}/${name}"`)
  })
})

it('a document that is not valid is refused, so the tests above say something', async () => {
  const document = documentOf(weather)
  document.paths['/health'].get.responses[200].description = 1
  expect((await new Validator().validate(document)).valid).toBe(false)
})
