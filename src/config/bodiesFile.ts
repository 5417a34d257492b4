/** The part of the config file that bounds bodies, as an operator writes it. */
import type { Duration, Size } from './forms.ts'

export interface BodiesConfig {
  /**
   * The largest request body of a caller without an account, who may be anybody. Default "64kb". A
   * route allows another size with `unpaidBody`.
   */
  unpaid?: Size
  /** The time in which such a body must arrive, else 408. Default "10s". */
  unpaidTime?: Duration
  /**
   * The longest time for which a body may bring no byte: any other request body is then 408, an
   * answer is cut. Answers that are streams of events or of lines may be silent. Default "60s".
   */
  idle?: Duration
}
