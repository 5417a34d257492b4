/** A transaction of a channel of which the chain says nothing. */
import type { Hex } from 'viem'
import { expect, it, vi } from 'vitest'
import { createSender, type SenderParts } from '../../payments/channels/sender.ts'
import type { Transaction } from '../../payments/channels/transactions.ts'

it('is told to the operator once, when it has been unknown for 10 minutes', async () => {
  const lines: string[] = []
  vi.spyOn(console, 'error').mockImplementation((line: string) => void lines.push(line))
  const channelId: Hex = `0x${'ab'.repeat(32)}`
  const parts = {
    state: { get: () => ({ channelId }) },
    transactions: { get: () => null },
    rpcUrl: 'http://127.0.0.1:1',
  } as unknown as SenderParts
  const sender = createSender(parts)
  const sent = (minutes: number): Transaction => ({
    hash: `0x${'cd'.repeat(32)}`,
    raw: '0x76',
    action: 'open',
    state: 'sent',
    at: Date.now() - minutes * 60_000,
  })
  for (const minutes of [9, 11, 11]) await sender.resume(sent(minutes))
  const told = lines.map((line) => JSON.parse(line)).filter(({ event }) => /_long$/.test(event))
  expect(told).toMatchObject([
    { event: 'channel_transaction_pending_long', channel: channelId, action: 'open' },
  ])
})
