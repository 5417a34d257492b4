/** The sign-in page says for which application a person signs in. */
import { expect, it } from 'vitest'
import { clientOf, env, recordingOrigin } from '../../support/worker/gateway.ts'
import { actorsOf, unlimitedGateway } from '../../support/worker/oauth.ts'
import { broken, recordingStores } from '../../support/worker/storeBindings.ts'

const gateway = unlimitedGateway()
const ORIGIN = recordingOrigin().binding
const { newClient } = actorsOf(clientOf(gateway, { ORIGIN }))

const NAMELESS = 'An application asks for access to your account. Sign in to see which one'

async function pageFor(
  clientId: string,
  { path = '/api/oauth/authorize', language = 'en', bindings = {} } = {},
): Promise<string> {
  const asked = `${path}?a=b?c&client_id=${encodeURIComponent(clientId)}`
  const client = clientOf(gateway, { ORIGIN, ...bindings })
  const headers = { accept: 'text/html', 'accept-language': language }
  const answer = await client.call(`/sign-in?return=${encodeURIComponent(asked)}`, { headers })
  expect(answer.status).toBe(200)
  return answer.text()
}

it.each(['/api/oauth/authorize', '/authorize'])(
  'names a registered client, at %s',
  async (path) => {
    const { id } = await newClient({ client_name: 'Reader of Tea' })
    const page = await pageFor(id, { path })
    expect(page).toContain(
      'An application that calls itself <strong><bdi>Reader of Tea</bdi></strong> asks for access',
    )
  },
)

it('shows a name as text, on one line, without invisible characters, and shortened', async () => {
  const evil = `<img src=x onerror=alert(1)>\u202e\u200b\n${'x'.repeat(200)}`
  const { id } = await newClient({ client_name: evil })
  const page = await pageFor(id)
  expect(page).toContain('<bdi>&lt;img src=x onerror=alert(1)&gt; x')
  expect(page).not.toMatch(/<img src=x|\u202e|\u200b|x{60}/)
  expect(page).toContain('…</bdi>')
})

it('names the host of a client with a metadata document, which nothing fetches', async () => {
  const page = await pageFor('https://app.example.com/signin-page/never-fetched')
  expect(page).toContain('An application of <strong><bdi>app.example.com</bdi></strong> asks')
  const hits = await fetch('https://app.example.com/hits?/signin-page/never-fetched')
  expect(await hits.text()).toBe('0')
})

it('says it in the language of the browser', async () => {
  const { id } = await newClient({ client_name: 'Çay' })
  expect(await pageFor(id, { language: 'tr' })).toContain('Kendine <strong><bdi>Çay</bdi></strong>')
})

it.each([
  ['that is unknown', crypto.randomUUID(), {}],
  ['that is nonsense', "' or 1=1 --", {}],
  ['while D1 fails', crypto.randomUUID(), { DB: broken('fails') }],
])('shows the form without a name for a client %s', async (_, id, bindings) => {
  expect(await pageFor(id, { bindings })).toContain(NAMELESS)
})

it('counts look-ups by address, and goes on without a name, and without D1, over the limit', async () => {
  const { id } = await newClient({ client_name: 'Reader of Tea' })
  const { oauth } = gateway
  if (oauth === null) throw new Error('no OAuth')
  const lookUpsByAddress = [{ name: 'look-ups', count: 1, windowMs: 60_000 }]
  const limited = { ...gateway, oauth: { ...oauth, limits: { ...oauth.limits, lookUpsByAddress } } }
  const { bindings, calls } = recordingStores(env)
  const client = clientOf(limited, { ORIGIN, ...bindings })
  const pageOf = async (clientId: string) => {
    const asked = encodeURIComponent(`/api/oauth/authorize?client_id=${clientId}`)
    const answer = await client.call(`/sign-in?return=${asked}`, {
      headers: { accept: 'text/html' },
    })
    return [answer.status, (await answer.text()).includes(NAMELESS)]
  }
  expect(await pageOf(crypto.randomUUID())).toEqual([200, true])
  const before = calls.length
  expect(await pageOf(id)).toEqual([200, true])
  expect(calls).toHaveLength(before)
})

it('says nothing of applications for any other page', async () => {
  const answer = await clientOf(gateway).call('/sign-in?return=%2Fa%3Fclient_id%3Dx', {
    headers: { accept: 'text/html' },
  })
  expect(await answer.text()).not.toContain('application')
})
