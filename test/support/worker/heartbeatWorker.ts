/**
 * The heartbeat Worker of tests: its objects go by the clock of the isolate that asks them, which
 * tests set.
 */
import { AccountObject as RealAccountObject } from '../../../heartbeat/index.ts'
import type {
  HeartbeatReport,
  HeartVerdict,
  SharedLimit,
  TakeVerdict,
} from '../../../src/contract/heartbeat.ts'

export class AccountObject extends RealAccountObject {
  #at: number | undefined

  override now(): number {
    return this.#at ?? super.now()
  }

  override heartbeat(report: HeartbeatReport): Promise<HeartVerdict> {
    this.#at = report.at
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

export { default } from '../../../heartbeat/index.ts'
