/** The text of `npm run ledger -- --help`. */
export const USAGE = `npm run ledger -- [COMMAND] [options]

Shows the ledger of payments, and whether it adds up. Amounts have the decimals that
src/gateway.config.ts gives their currency.

  (no command)         sums by account, route, payer and mode; what is held, owed and due; channels
  find TEXT            the payments that a challenge's id, a transaction, a payer's address, a
                       channel's id or a request's id names, with all their entries
  owed                 answers that are owed, and refunds that are due, which come first
  refunded ID TX       books the refund of what is owed for the challenge ID, once, after looking
                       at its transaction on the chain: it must have paid the payer this amount

  --remote             the deployed ledger, through wrangler; default: the ledger of npm run dev
  --since TIME         only from this time on: a day (2026-11-01), a time (2026-11-01T08:00:00Z),
                       or a duration before now (7d, 12h). Days are UTC
  --until TIME         only before this time; a day is included. What is held, owed and due, and
                       channels, are always shown as they are now
  --json               the report as JSON, with all rows; amounts in the smallest unit
  --csv FILE           also writes all entries as CSV, amounts in the smallest unit; - is standard
                       output (the report then goes to standard error):
                       npm run --silent ledger -- --csv -
  --older-than TIME    with owed: only what has been owed for so long (1d, 36h)
  --payer ADDRESS      with owed: only this payer's
  --reconcile          also compares the ledger with the chain
  --rpc URL            the chain's JSON-RPC endpoint; default: the local chain
  --recipient ADDRESS  the address that is paid; default: the local recipient
  --evm-rpc URL        the JSON-RPC endpoint of the chain of "evm", if routes are paid there too
  --evm-recipient ADDRESS
                       the address that is paid there; default: the recipient
  --lag SECONDS        how long the ledger may take to hear of a payment channel (default 60): a
                       channel that differs and has just changed is left to the next run
  --help               this text

Exit code: 0 everything adds up · 1 something does not, or nothing was found or booked · 2 the
command could not find out.
In CSV, text that a spreadsheet would calculate, or that begins with a ', gets a ' in front.
`
