/** A Worker that sends one sign-in mail a request, from the address in its query (`from`). */
import { signInMail } from '../../../src/pages/signInMail.ts'
import { wordsIn } from '../../../src/pages/words.ts'
import type { Env } from '../../../src/store/env.ts'
import { mailOf } from '../../../src/store/signIn/mail.ts'

const SITE = {
  name: 'xquik.com',
  logo: '/assets/logo.svg',
  colour: '#1d4ed8',
  support: null,
  terms: null,
  privacy: null,
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const from = new URL(request.url).searchParams.get('from') ?? ''
    const publicUrl = 'https://xquik.com'
    const message = signInMail(
      { site: SITE, publicUrl, words: wordsIn('en') },
      { url: `${publicUrl}/sign-in/link?token=abc`, code: 'BCDF2345', linkMs: 900_000 },
      { browser: 'Firefox, Windows', place: 'Izmir, TR', at: Date.UTC(2026, 10, 27) },
    )
    try {
      await mailOf(env, { from, binding: 'MAIL' }).send({ to: 'ann@example.com', ...message })
      return new Response('sent')
    } catch (error) {
      return new Response(String(error), { status: 500 })
    }
  },
}
