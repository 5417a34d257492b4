/** The messages between the gateway and the objects that count the requests of addresses. */
import type { SharedLimit, SharedWindow, WindowReport } from './heartbeat.ts'

/** A report of an isolate: what it has let through of some addresses since its last one. */
export interface AddressReport {
  /** The isolate's memory of this object: a new one numbers its reports anew. */
  from: string
  /** Counts the reports from 1. A report that comes again is not counted again. */
  sequence: number
  /** The isolate's clock, in epoch milliseconds. */
  at: number
  /** How long ago the report was made, in milliseconds: it is sent again until it is answered. */
  heldMs?: number
  /** A number of requests is negative if more were given back than let through. */
  windows: WindowReport[]
}

/** Whether a request is within its limits, all of which have counted it, or none of which has. */
export interface AddressVerdict {
  admitted: boolean
  /** The open windows of the limits that the request counts against. */
  windows: SharedWindow[]
}

/**
 * The object of a part of all addresses, or of the ceilings for all. The name of a limit holds the
 * address that it is counted for.
 */
export interface AddressCounts {
  /** Takes a report, once however often it comes. Returns the windows that the report names. */
  report(report: AddressReport): Promise<SharedWindow[]>
  /** Counts one request against all `limits`, or against none if one of them is full. */
  take(limits: readonly SharedLimit[], at: number): Promise<AddressVerdict>
  /** Takes back a request that `take` has admitted. */
  giveBack(limits: readonly SharedLimit[], at: number): Promise<void>
}
