// fastify with @fastify/http-proxy and a check of the key, as a Node process: `node fastify.mjs
// ORIGIN_PORT KEY_HASH`. It writes its port to stdout, and runs until it is ended.
import { createHash } from 'node:crypto'
import proxy from '@fastify/http-proxy'
import Fastify from 'fastify'

const [originPort, keyHash] = process.argv.slice(2)
const server = Fastify()

server.addHook('onRequest', async (request, reply) => {
  const key = request.headers['x-api-key']
  if (typeof key === 'string' && createHash('sha256').update(key).digest('hex') === keyHash) return
  await reply.code(401).send({ error: 'unauthenticated' })
})
server.register(proxy, { upstream: `http://127.0.0.1:${originPort}` })

await server.listen({ port: 0, host: '127.0.0.1' })
console.log(server.server.address().port)
