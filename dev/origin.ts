/** Runs the demo origin as a process: `node dev/origin.ts PORT GATEWAY_URL`. */
import { fileURLToPath } from 'node:url'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { bundle } from './bundle.ts'

const [port = '8788', gatewayUrl = 'http://localhost:8787'] = process.argv.slice(2)

const miniflare = new Miniflare(
  convertV4MiniflareOptions({
    name: 'demo-origin',
    modules: true,
    script: await bundle(fileURLToPath(new URL('../demo/origin.ts', import.meta.url))),
    compatibilityDate: '2026-10-23',
    host: '127.0.0.1',
    port: Number(port),
    bindings: {
      JWKS_URL: `${gatewayUrl}/.well-known/jwks.json`,
      AUDIENCE: 'api',
      MCP_AUDIENCE: 'mcp',
      ISSUER: gatewayUrl,
    },
  }),
)
await miniflare.ready
