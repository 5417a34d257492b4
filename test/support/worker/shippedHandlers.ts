/** The shipped gateway's own pages and forms. */
import shipped from '../../../src/gateway.config.ts'
import { ownHandlers } from './ownHandlers.ts'

export default ownHandlers(shipped)
