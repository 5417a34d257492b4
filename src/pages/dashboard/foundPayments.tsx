/** The owners' page of the payments that a text names. */
import type { Decimals } from '../../config/amounts.ts'
import {
  balancesOf,
  type Found,
  type FoundPayment,
  listedEvents,
} from '../../store/ledger/findPayments.ts'
import { page } from '../layout.tsx'
import type { View } from '../view.ts'
import { ACCOUNT_NAMES, EVENT_NAMES, PAYMENTS } from '../words/payments.ts'
import { Fact } from './facts.tsx'
import { DASHBOARD_PATHS } from './paths.ts'
import { FindForm } from './paymentForms.tsx'
import { AmountTable, Id, shownAmount } from './paymentTable.tsx'

/** The page; status 404 if nothing was found. */
export function foundPaymentsPage(
  view: View,
  { asked, found, decimals }: { asked: string; found: Found; decimals: Decimals },
): Response {
  const { words } = view
  const { all, payments, isCut } = found
  const [shown, count] = [words.number(payments.length), words.number(all)]
  const content = (
    <>
      <FindForm view={view} asked={asked} />
      <p>
        <a href={DASHBOARD_PATHS.payments}>{words.say(PAYMENTS.overview)}</a>
      </p>
      {all === 0 ? <p role="status">{words.say(PAYMENTS.nothingFound)}</p> : null}
      {all > payments.length ? (
        <p class="soft">{words.say(PAYMENTS.onlyLast, { shown, all: count })}</p>
      ) : null}
      {isCut ? <p class="soft">{words.say(PAYMENTS.isCut)}</p> : null}
      {payments.map((payment) => (
        <Payment view={view} payment={payment} decimals={decimals} />
      ))}
    </>
  )
  const status = all === 0 ? 404 : 200
  return page(view, { status, title: words.say(PAYMENTS.title), width: 'wide', content })
}

interface PaymentParts {
  view: View
  payment: FoundPayment
  decimals: Decimals
}

function Payment({ view, payment, decimals }: PaymentParts) {
  const { words } = view
  const { challengeId, payer, mode, channelId, entries } = payment
  const currency = payment.currency.toLowerCase()
  const format = (amount: bigint) => shownAmount(words, amount, currency, decimals)
  const [{ row: route = '', requestId = '' } = {}] = entries
  const accountName = (name: string) =>
    Object.hasOwn(ACCOUNT_NAMES, name)
      ? words.say(ACCOUNT_NAMES[name as keyof typeof ACCOUNT_NAMES])
      : name
  const eventName = (name: string) =>
    Object.hasOwn(EVENT_NAMES, name)
      ? words.say(EVENT_NAMES[name as keyof typeof EVENT_NAMES])
      : name
  const facts = [
    [PAYMENTS.payer, payer],
    [PAYMENTS.way, mode],
    [PAYMENTS.route, route],
    [PAYMENTS.request, requestId],
    [PAYMENTS.channel, channelId ?? ''],
  ] as const
  const columns = [
    PAYMENTS.time,
    PAYMENTS.event,
    PAYMENTS.toAccount,
    PAYMENTS.transaction,
    PAYMENTS.amount,
  ]
  return (
    <section class="panel">
      <h2>
        {words.say(PAYMENTS.challenge)} <Id text={challengeId} />
      </h2>
      <dl class="facts">
        {facts.map(([name, text]) =>
          text === '' ? null : (
            <Fact name={words.say(name)}>
              <Id text={text} />
            </Fact>
          ),
        )}
        <Fact name={words.say(PAYMENTS.balances)}>
          {[...balancesOf(payment)].map(([account, amount]) => (
            <div>
              {accountName(account)} {format(amount)}
            </div>
          ))}
        </Fact>
      </dl>
      <AmountTable
        view={view}
        title={words.say(PAYMENTS.event)}
        columns={columns.map((one) => words.say(one))}
        rows={listedEvents(payment).map(({ at, kind, account, transaction, amount }) => [
          words.time(at),
          eventName(kind),
          accountName(account),
          transaction === null ? '' : <Id text={transaction} />,
          format(amount),
        ])}
      />
    </section>
  )
}
