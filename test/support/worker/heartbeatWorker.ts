/**
 * The heartbeat Worker of tests: its objects go by the clock of the isolate that asks them, which
 * tests set.
 */
import {
  AccountObject as RealAccountObject,
  AddressObject as RealAddressObject,
} from '../../../heartbeat/index.ts'
import type { AddressReport, AddressVerdict } from '../../../src/contract/addresses.ts'
import type {
  HeartbeatReport,
  HeartVerdict,
  SharedLimit,
  SharedWindow,
  TakeVerdict,
} from '../../../src/contract/heartbeat.ts'

export class AccountObject extends RealAccountObject {
  #at: number | undefined

  /** Ends this instance: the next call meets one that has only what is stored. */
  evict(): void {
    this.ctx.abort('evicted')
  }

  /** Becomes an object whose storage has no name, as storages had none once. */
  forgetLife(): void {
    this.ctx.storage.sql.exec('delete from lives')
  }

  /** Loses all that is stored, as when the Worker is deployed anew under another name. */
  async lose(): Promise<void> {
    await this.ctx.storage.deleteAlarm()
    await this.ctx.storage.deleteAll()
    this.ctx.abort('lost')
  }

  override now(): number {
    return this.#at ?? super.now()
  }

  override heartbeat(report: HeartbeatReport): Promise<HeartVerdict> {
    // A report that was late does not set the clock back.
    this.#at = Math.max(this.#at ?? 0, report.at)
    return super.heartbeat(report)
  }

  override take(
    limits: readonly SharedLimit[],
    at: number,
    epoch: number | null,
  ): Promise<TakeVerdict> {
    this.#at = at
    return super.take(limits, at, epoch)
  }
}

export class AddressObject extends RealAddressObject {
  #at: number | undefined

  override now(): number {
    return this.#at ?? super.now()
  }

  override report(report: AddressReport): Promise<SharedWindow[]> {
    this.#at = report.at
    return super.report(report)
  }

  override take(limits: readonly SharedLimit[], at: number): Promise<AddressVerdict> {
    this.#at = at
    return super.take(limits, at)
  }

  override giveBack(limits: readonly SharedLimit[], at: number): Promise<void> {
    this.#at = at
    return super.giveBack(limits, at)
  }
}

export { default } from '../../../heartbeat/index.ts'
