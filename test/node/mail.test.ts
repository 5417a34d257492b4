/** Mail through the platform's own `send_email` binding, as Miniflare has it. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { bundle } from '../../dev/bundle.ts'

/** The log line in which the binding says where it has written the mail. */
const arrived = Promise.withResolvers<string>()

class MailLog extends Log {
  override log(message: string): void {
    if (message.includes('send_email')) arrived.resolve(message)
  }
}

let miniflare: Miniflare
beforeAll(async () => {
  miniflare = new Miniflare(
    convertV4MiniflareOptions({
      log: new MailLog(LogLevel.INFO),
      modules: true,
      script: await bundle(
        fileURLToPath(new URL('../support/worker/mailWorker.ts', import.meta.url)),
      ),
      compatibilityDate: '2026-10-23',
      email: {
        send_email: [{ name: 'MAIL', allowed_sender_addresses: ['sign-in@xquik.com'] }],
      },
    }),
  )
})
afterAll(() => miniflare.dispose())

it('a mail is accepted unchanged, with its text and its HTML', async () => {
  const answer = await miniflare.dispatchFetch('http://localhost/?from=sign-in@xquik.com')
  expect([answer.status, await answer.text()]).toEqual([200, 'sent'])
  const mail = await arrived.promise
  expect(mail).toContain(
    'From: sign-in@xquik.com\nTo: ann@example.com\nSubject: Sign in to xquik.com',
  )
  for (const kind of ['Text', 'HTML']) {
    const file = new RegExp(`^${kind}: (.+)$`, 'm').exec(mail)?.[1] ?? ''
    expect(readFileSync(file, 'utf8'), kind).toContain('https://xquik.com/sign-in/link?token=abc')
  }
})

it('a mail from an address that the binding does not allow is refused', async () => {
  const answer = await miniflare.dispatchFetch('http://localhost/?from=eve@xquik.com')
  expect([answer.status, await answer.text()]).toEqual([
    500,
    expect.stringContaining('not allowed'),
  ])
})
