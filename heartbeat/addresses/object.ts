/**
 * The object of a part of all addresses, or of the ceilings for all: it counts the requests of all
 * isolates. Windows of strict limits are stored.
 * See docs/decisions/0049.
 */
import { DurableObject } from 'cloudflare:workers'
import type { AddressCounts, AddressReport, AddressVerdict } from '../../src/contract/addresses.ts'
import type { SharedLimit, SharedWindow } from '../../src/contract/heartbeat.ts'
import { createBoundedMap } from '../../src/lib/boundedMap.ts'
import { createObjectWindows, type ObjectWindows } from '../windows.ts'

/** The most bytes of all windows, as estimated. The oldest make room, strangers' as all others. */
const MAX_BYTES = 16_777_216
/** The most bytes of the numbers of isolates' last reports. */
const MAX_REPORT_BYTES = 1_048_576
/** How long after a request the windows that have ended are deleted, in milliseconds. */
const SWEEP_AFTER_MS = 60_000

export class AddressObject extends DurableObject implements AddressCounts {
  readonly #windows: ObjectWindows
  /** The number of each isolate's last report. */
  readonly #reports = createBoundedMap<number>(MAX_REPORT_BYTES, 8)
  #isAlarmSet = false

  constructor(state: DurableObjectState, env: object) {
    super(state, env)
    this.#windows = createObjectWindows(state.storage.sql, {
      maxBytes: MAX_BYTES,
      isStored: ({ isStrict }) => isStrict === true,
    })
  }

  /** This object's clock, in epoch milliseconds. */
  now(): number {
    return Date.now()
  }

  async report({ from, sequence, windows, heldMs = 0 }: AddressReport): Promise<SharedWindow[]> {
    const now = this.now()
    if (sequence > (this.#reports.get(from) ?? 0)) {
      this.#reports.set(from, sequence)
      for (const window of windows) this.#windows.add(window, heldMs, now)
    }
    await this.#sweepLater()
    return windows.flatMap(({ limit }) => this.#windows.openOf(limit.name, now) ?? [])
  }

  async take(limits: readonly SharedLimit[], _at: number): Promise<AddressVerdict> {
    const now = this.now()
    const admitted = this.#windows.take(limits, now)
    await this.#sweepLater()
    const windows = limits.flatMap(({ name }) => this.#windows.openOf(name, now) ?? [])
    return { admitted, windows }
  }

  async giveBack(limits: readonly SharedLimit[], _at: number): Promise<void> {
    const now = this.now()
    for (const limit of limits) this.#windows.giveBack(limit, now)
  }

  override async alarm(): Promise<void> {
    this.#isAlarmSet = false
    this.#windows.sweep(this.now())
    if (this.#windows.size > 0) await this.#sweepLater()
  }

  async #sweepLater(): Promise<void> {
    if (this.#isAlarmSet) return
    this.#isAlarmSet = true
    const { storage } = this.ctx
    if ((await storage.getAlarm()) === null) await storage.setAlarm(Date.now() + SWEEP_AFTER_MS)
  }
}
