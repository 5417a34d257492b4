/** All fixtures. */
import { chatGpt } from './chatGpt.ts'
import { claude } from './claude.ts'
import { claudeCode } from './claudeCode.ts'
import { codex } from './codex.ts'
import { cursor } from './cursor.ts'
import type { ClientFixture } from './fixture.ts'
import { goose } from './goose.ts'
import { inspector } from './inspector.ts'
import { libreChat } from './libreChat.ts'
import { mcpRemote } from './mcpRemote.ts'
import { n8n } from './n8n.ts'
import { pythonSdk } from './pythonSdk.ts'
import { typescriptSdk } from './typescriptSdk.ts'
import { vsCode } from './vsCode.ts'

export const CLIENTS: ClientFixture[] = [
  ...chatGpt,
  ...claude,
  ...claudeCode,
  ...cursor,
  ...vsCode,
  ...goose,
  ...codex,
  ...libreChat,
  ...mcpRemote,
  ...inspector,
  ...typescriptSdk,
  ...pythonSdk,
  ...n8n,
]
