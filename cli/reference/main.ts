/** `npm run reference`: writes the reference of the config into `docs/config.md`. */
import { writeFileSync } from 'node:fs'
import { referenceText } from './write.ts'

writeFileSync(new URL('../../docs/config.md', import.meta.url), referenceText())
