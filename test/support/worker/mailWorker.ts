/** A Worker that sends one sign-in mail a request, from the address in its query (`from`). */
import { signInMail } from '../../../src/pages/signInMail.tsx'
import type { Env } from '../../../src/store/env.ts'
import { mailOf } from '../../../src/store/signIn/mail.ts'

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const from = new URL(request.url).searchParams.get('from') ?? ''
    const message = signInMail('https://xquik.com/sign-in/link?token=abc', 'BCDF2345', 900_000)
    try {
      await mailOf(env, { from, binding: 'MAIL' }).send({ to: 'ann@example.com', ...message })
      return new Response('sent')
    } catch (error) {
      return new Response(String(error), { status: 500 })
    }
  },
}
