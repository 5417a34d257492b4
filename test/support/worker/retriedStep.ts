/** The form of a step that is done once, and the gateways on which it is tried. */
import { recordingMail } from './browser.ts'
import { clientOf, env, recordingOrigin } from './gateway.ts'
import { actorsOf, unlimitedGateway } from './oauth.ts'

/** One step that is about to be taken by a caller of its own. */
export interface Scenario {
  /** Takes the step, in the same way each time. */
  send: () => Promise<Response>
  /** Whether an answer is that of a step that is done. Leaves the body unread. */
  isDone: (answer: Response) => boolean
  /** Resolves when the gateway has done all work that it put off. */
  settled: () => Promise<void>
  /** Asserts, after all tries, that what the caller has works, and that there is nothing more. */
  expectDone: (answers: Response[], where: string) => Promise<void>
}

export interface Step {
  name: string
  /** A new scenario; the step's own requests meet `bindings`, and its preparation does not. */
  prepare: (bindings: object) => Promise<Scenario>
}

const gateway = unlimitedGateway()
export const mail = recordingMail()
const origin = recordingOrigin()
const BINDINGS = { ORIGIN: origin.binding, MAIL: mail.binding }

/** A gateway whose stores are healthy, and another one, whose stores are not. */
export function gateways(bindings: object) {
  const healthy = clientOf(gateway, BINDINGS)
  const faulty = clientOf(gateway, { ...BINDINGS, ...bindings })
  return { healthy, faulty, settled: faulty.settled, ...actorsOf(healthy), on: actorsOf(faulty) }
}

/** Whether an isolate that knows nothing yet accepts an access token. */
export const isAccepted = async (token: string) =>
  (
    await clientOf(gateway, BINDINGS).call('/mcp', {
      headers: { authorization: `Bearer ${token}` },
    })
  ).status !== 401

/** The first column of the rows of a query. */
export const column = async (query: string, ...values: string[]) =>
  (
    await env.DB.prepare(query)
      .bind(...values)
      .raw<[string]>()
  ).map(([first]) => first)

export const bodyOf = <T>(answer: Response) => answer.clone().json<T>()
