/** The forms and links of the owners' page of payments. */
import type { View } from '../view.ts'
import { PAYMENTS } from '../words/payments.ts'
import { DASHBOARD_PATHS } from './paths.ts'
import { Id } from './paymentTable.tsx'

/** The form that finds a payment. */
export function FindForm({ view: { words }, asked }: { view: View; asked: string }) {
  return (
    <form class="panel" method="get" action={DASHBOARD_PATHS.payments}>
      <label for="q">{words.say(PAYMENTS.find)}</label>
      <p class="soft" id="q-hint">
        {words.say(PAYMENTS.findHint)}
      </p>
      <div class="row">
        <div>
          <input
            type="search"
            id="q"
            name="q"
            value={asked}
            required
            maxlength={200}
            aria-describedby="q-hint"
            spellcheck={false}
          />
        </div>
        <button type="submit">{words.say(PAYMENTS.search)}</button>
      </div>
    </form>
  )
}

/** The form that chooses the days, ISO 8601 dates, and the link to their CSV. */
export function SpanForm({ view: { words }, from, to }: { view: View; from: string; to: string }) {
  const days = [
    ['from', PAYMENTS.from, from],
    ['to', PAYMENTS.to, to],
  ] as const
  return (
    <form class="panel" method="get" action={DASHBOARD_PATHS.payments}>
      <div class="row days">
        {days.map(([name, label, value]) => (
          <div>
            <label for={name}>{words.say(label)}</label>
            <input type="date" id={name} name={name} value={value} required />
          </div>
        ))}
        <button type="submit" class="second">
          {words.say(PAYMENTS.show)}
        </button>
        <a href={`${DASHBOARD_PATHS.paymentSums}?from=${from}&to=${to}`}>
          {words.say(PAYMENTS.csv)}
        </a>
      </div>
    </form>
  )
}

/** A text that finds payments. */
export function FindLink({ text }: { text: string }) {
  return (
    <a href={`${DASHBOARD_PATHS.payments}?q=${encodeURIComponent(text)}`}>
      <Id text={text} />
    </a>
  )
}
