/** Is it paid for? No row has a price yet: the config refuses one until this stage can take it. */
import type { Stage } from '../context.ts'

export const charge: Stage = async function charge(_c, next) {
  await next()
}
