/** The owners' page of payments: sums of a span, and what is open now. */
import type { Decimals } from '../../config/amounts.ts'
import { locked } from '../../store/ledger/channels.ts'
import type { DaySum } from '../../store/ledger/ownersLedger.ts'
import {
  addsUp,
  type CurrencyReport,
  type LedgerReport,
  type OpenPart,
} from '../../store/ledger/report.ts'
import { BY_CHANNELS, DAY_MS } from '../../store/ledger/sumStatements.ts'
import { page } from '../layout.tsx'
import type { View } from '../view.ts'
import { PAYMENTS } from '../words/payments.ts'
import { Ago, Day, Fact } from './facts.tsx'
import { FindForm, FindLink, SpanForm } from './paymentForms.tsx'
import { AmountTable, Id, shownAmount } from './paymentTable.tsx'

export interface PaymentsPage {
  report: LedgerReport
  days: readonly DaySum[]
  /** The first and the last day of the span, as ISO 8601 dates. */
  from: string
  to: string
  /** Whether the days that were asked for are none, and other ones are shown. */
  isWrong: boolean
  decimals: Decimals
  /** Epoch milliseconds. */
  now: number
}

/** The page; status 400 if the days that were asked for are none. */
export function paymentsPage(view: View, parts: PaymentsPage): Response {
  const { report, isWrong } = parts
  const { words } = view
  const content = (
    <>
      <p class="lead">{words.say(PAYMENTS.lead)}</p>
      {addsUp(report) ? null : <p class="warning">{words.say(PAYMENTS.doesNotAddUp)}</p>}
      <FindForm view={view} asked="" />
      <SpanForm view={view} from={parts.from} to={parts.to} />
      {isWrong ? (
        <p class="warning" role="alert">
          {words.say(PAYMENTS.wrongSpan)}
        </p>
      ) : null}
      {report.currencies.length === 0 ? (
        <section class="panel empty">
          <p>{words.say(PAYMENTS.empty)}</p>
        </section>
      ) : (
        report.currencies.map((one) => <Currency view={view} report={one} parts={parts} />)
      )}
    </>
  )
  const status = isWrong ? 400 : 200
  return page(view, { status, title: words.say(PAYMENTS.title), width: 'wide', content })
}

interface CurrencyParts {
  view: View
  report: CurrencyReport
  parts: PaymentsPage
}

function Currency({ view, report, parts }: CurrencyParts) {
  const { words } = view
  const { currency, byAccount, owed, due, held } = report
  const { days, decimals } = parts
  const format = (amount: bigint) => shownAmount(words, amount, currency, decimals)
  const names = (some: ReadonlyMap<string, bigint>) =>
    [...some].map(([name, amount]) => [
      name === BY_CHANNELS ? words.say(PAYMENTS.byChannels) : <Id text={name} />,
      format(amount),
    ])
  const route = [words.say(PAYMENTS.route), words.say(PAYMENTS.amount)]
  const mine = days.filter((day) => day.currency === currency && day.name === 'revenue')
  const fees = -(byAccount.get('fees') ?? 0n)
  return (
    <section aria-label={currency}>
      <h2>{words.show(PAYMENTS.currency, { address: <Id text={currency} /> })}</h2>
      <dl class="numbers">
        <Fact name={words.say(PAYMENTS.revenue)}>{format(byAccount.get('revenue') ?? 0n)}</Fact>
        {fees === 0n ? null : <Fact name={words.say(PAYMENTS.fees)}>{format(fees)}</Fact>}
        <Fact name={words.say(PAYMENTS.due)}>{format(due.total)}</Fact>
        <Fact name={words.say(PAYMENTS.owed)}>{format(owed.total)}</Fact>
        <Fact name={words.say(PAYMENTS.pending)}>{format(held.total)}</Fact>
      </dl>
      <OpenTable view={view} title={words.say(PAYMENTS.due)} open={due} parts={parts} />
      {due.all === 0 ? null : (
        <p class="soft">
          {words.show(PAYMENTS.dueHint, {
            command: <code>npm run ledger -- refunded CHALLENGE TRANSACTION</code>,
          })}
        </p>
      )}
      <OpenTable view={view} title={words.say(PAYMENTS.owed)} open={owed} parts={parts} />
      <OpenTable view={view} title={words.say(PAYMENTS.pending)} open={held} parts={parts} />
      <AmountTable
        view={view}
        title={words.say(PAYMENTS.byDay)}
        columns={[words.say(PAYMENTS.day), words.say(PAYMENTS.revenue)]}
        rows={mine.map(({ day, amount }) => [
          <Day words={words} ms={day * DAY_MS} />,
          format(amount),
        ])}
      />
      <AmountTable
        view={view}
        title={words.say(PAYMENTS.byRoute)}
        columns={route}
        rows={names(report.revenueByRoute)}
      />
      {report.spentByRoute.size === 0 ? null : (
        <AmountTable
          view={view}
          title={words.say(PAYMENTS.spentByRoute)}
          columns={route}
          rows={names(report.spentByRoute)}
        />
      )}
      <AmountTable
        view={view}
        title={words.say(PAYMENTS.byPayer)}
        columns={[words.say(PAYMENTS.payer), words.say(PAYMENTS.amount)]}
        rows={report.revenueByPayer.shown.map(([payer, amount]) => [
          <FindLink text={payer} />,
          format(amount),
        ])}
        all={report.revenueByPayer.all}
      />
      <Channels view={view} report={report} parts={parts} />
    </section>
  )
}

function Channels({ view, report: { currency, channels }, parts }: CurrencyParts) {
  const { words } = view
  const format = (amount: bigint) => shownAmount(words, amount, currency, parts.decimals)
  const columns = [
    PAYMENTS.channel,
    PAYMENTS.payer,
    PAYMENTS.lastChange,
    PAYMENTS.deposited,
    PAYMENTS.spent,
    PAYMENTS.settled,
    PAYMENTS.locked,
  ]
  return (
    <AmountTable
      view={view}
      title={words.say(PAYMENTS.channels)}
      columns={columns.map((one) => words.say(one))}
      rows={channels.shown.map((channel) => [
        <FindLink text={channel.channelId} />,
        <FindLink text={channel.payer} />,
        <Ago words={words} ms={channel.at} now={parts.now} />,
        format(channel.moved.deposit),
        format(channel.moved.spend),
        format(channel.moved.capture),
        format(locked(channel)),
      ])}
      all={channels.all}
    />
  )
}

interface OpenTableParts {
  view: View
  title: string
  open: OpenPart
  parts: PaymentsPage
}

function OpenTable({ view, title, open, parts: { decimals, now } }: OpenTableParts) {
  const { words } = view
  const columns = [
    PAYMENTS.challenge,
    PAYMENTS.payer,
    PAYMENTS.route,
    PAYMENTS.since,
    PAYMENTS.amount,
  ]
  return (
    <AmountTable
      view={view}
      title={title}
      columns={columns.map((one) => words.say(one))}
      rows={open.shown.map(({ challengeId, payer, route, at, amount, currency }) => [
        <FindLink text={challengeId} />,
        <FindLink text={payer} />,
        <Id text={route} />,
        <Ago words={words} ms={at} now={now} />,
        shownAmount(words, amount, currency, decimals),
      ])}
      all={open.all}
    />
  )
}
