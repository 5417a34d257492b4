/** Ports for test files, which run in parallel. */
import { freePort } from '../../../dev/ports.ts'

/**
 * A free port, from a range that another process of the tests is unlikely to search at the same
 * time.
 */
export const ownPort = () => freePort(20_000 + ((process.pid * 97) % 10_000))
