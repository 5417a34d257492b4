/**
 * The object of one account: it counts the requests of all isolates, knows the account's last
 * change, and writes usage to D1. Payers have one each too, for their usage alone.
 */
import { DurableObject } from 'cloudflare:workers'
import type {
  AccountHeart,
  Change,
  HeartbeatReport,
  HeartVerdict,
  LatelyUsed,
  News,
  SharedLimit,
  TakeVerdict,
} from '../../src/contract/heartbeat.ts'
import { logError } from '../../src/lib/log.ts'
import { createObjectWindows, type ObjectWindows } from '../windows.ts'
import { type Changes, createChanges } from './changes.ts'
import { createLately, type Lately } from './lately.ts'
import { createListeners, type Listeners } from './listeners.ts'
import { writeUsage } from './usage.ts'
import { createUses, type Flush, type Uses } from './uses.ts'

/** Windows that are longer than this are stored, in milliseconds. */
const STORED_FROM_MS = 10_000
/** How long usage waits for more before it is written to D1, in milliseconds. */
const FLUSH_AFTER_MS = 10_000

export interface HeartbeatEnv {
  DB: D1Database
}

export class AccountObject extends DurableObject<HeartbeatEnv> implements AccountHeart {
  readonly #windows: ObjectWindows
  readonly #changes: Changes
  readonly #uses: Uses
  readonly #lately: Lately
  readonly #listeners: Listeners
  /** Whether an alarm is set, as far as this instance knows. */
  #isAlarmSet = false

  constructor(state: DurableObjectState, env: HeartbeatEnv) {
    super(state, env)
    this.#windows = createObjectWindows(state.storage.sql, {
      maxBytes: Number.POSITIVE_INFINITY,
      isStored: ({ isStrict, windowMs }) => isStrict === true || windowMs > STORED_FROM_MS,
    })
    this.#changes = createChanges(state.storage.sql)
    this.#uses = createUses(state.storage.sql)
    this.#lately = createLately(state.storage.sql)
    this.#listeners = createListeners(state)
  }

  /** This object's clock, in epoch milliseconds. */
  now(): number {
    return Date.now()
  }

  async heartbeat(report: HeartbeatReport): Promise<HeartVerdict> {
    const now = this.now()
    // First, so that no eviction leaves usage without an alarm.
    if (report.uses.length > 0) await this.#flushLater()
    this.ctx.storage.transactionSync(() => {
      if (!this.#uses.isNew(report, now)) return
      for (const window of report.windows) this.#windows.add(window, report.heldMs ?? 0, now)
      for (const use of report.uses) this.#uses.add(use)
      // A gateway that was deployed earlier sends none.
      this.#change(report.changes ?? [], now)
    })
    return this.#verdict(report.epoch, now)
  }

  async take(
    limits: readonly SharedLimit[],
    _at: number,
    epoch: number | null,
  ): Promise<TakeVerdict> {
    const now = this.now()
    const admitted = this.#windows.take(limits, now)
    return { ...this.#verdict(epoch, now), admitted }
  }

  async changed(change: Change, epoch: number | null): Promise<HeartVerdict> {
    const now = this.now()
    this.#change([change], now)
    return this.#verdict(epoch, now)
  }

  /** An isolate with open answers listens for changes. */
  override fetch(request: Request): Response {
    const epoch = new URL(request.url).searchParams.get('epoch')
    return this.#listeners.accept(this.#news(epoch === null ? null : Number(epoch), this.now()))
  }

  override webSocketClose(socket: WebSocket): void {
    socket.close()
  }

  async flush(): Promise<LatelyUsed> {
    for (let flush = this.#uses.next(); flush !== null; flush = this.#uses.next()) {
      await writeUsage(this.env, flush)
      this.#settle(flush)
    }
    return this.#lately.read(this.now())
  }

  override async alarm(): Promise<void> {
    this.#isAlarmSet = false
    const now = this.now()
    this.#windows.sweep(now)
    this.#uses.sweep(now)
    await this.flush().catch((error) => logError('usage_write_failed', error))
    if (this.#uses.waits()) await this.#flushLater()
  }

  /** Takes over that D1 has a flush, once, though two requests may have written it. */
  #settle(flush: Flush): void {
    this.ctx.storage.transactionSync(() => {
      if (this.#uses.drop(flush)) this.#lately.add(flush.uses, this.now())
    })
  }

  #change(changes: readonly Change[], now: number): void {
    if (changes.length === 0) return
    for (const change of changes) this.#changes.add(change, now)
    this.#listeners.tell({ epoch: this.#changes.epoch(), changes })
  }

  #news(epoch: number | null, now: number): News {
    return { epoch: this.#changes.epoch(), changes: this.#changes.since(epoch, now) }
  }

  #verdict(epoch: number | null, now: number): HeartVerdict {
    return { windows: this.#windows.open(now), ...this.#news(epoch, now) }
  }

  async #flushLater(): Promise<void> {
    if (this.#isAlarmSet) return
    this.#isAlarmSet = true
    const { storage } = this.ctx
    if ((await storage.getAlarm()) === null) await storage.setAlarm(Date.now() + FLUSH_AFTER_MS)
  }
}
