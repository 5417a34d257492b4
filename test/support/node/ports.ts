/** Ports for tests, whose files run beside each other. */
import { freePort } from '../../../dev/ports.ts'

/** A free port, looked for where no other process of the tests is likely to look at the same time. */
export const ownPort = () => freePort(20_000 + ((process.pid * 97) % 10_000))
