/** When an isolate sends what to an object. */
import { expect, it } from 'vitest'
import type { Env } from '../../../../src/store/env.ts'
import { createPulse, newBeat } from '../../../../src/store/heartbeat/pulse.ts'

const env = {} as Env

it('news that come up while two requests want to send are told, though no request follows', async () => {
  const requests: Promise<unknown>[] = []
  const waitUntil = (work: Promise<unknown>) => void requests.push(work)
  let [isNew, sent] = [true, 0]
  let answer: () => void = () => undefined
  const pulse = createPulse({
    pauseMs: 5,
    hasNews: () => isNew,
    pauses: () => 1,
    send() {
      sent += 1
      isNew = false
      return new Promise<void>((resolve) => {
        answer = resolve
        if (sent > 1) resolve()
      })
    },
  })
  const beat = { ...newBeat(), sentAt: Date.now() }
  pulse.stir(env, beat, false, waitUntil)
  const own = pulse.send(env, beat)
  await Promise.all(requests)
  expect(sent, 'the first request finds that the second one sends').toBe(1)
  isNew = true
  answer()
  expect(await own).toBe(true)
  pulse.stir(env, beat, false, waitUntil)
  await Promise.all(requests)
  expect(sent).toBe(2)
})
