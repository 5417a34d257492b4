/** A service as it is before a gateway stands in front of it: it knows no keys and no prices. */
import { createServer } from 'node:http'

createServer((request, response) => {
  const [, city] = /^\/forecast\/([a-z]+)$/.exec(request.url ?? '') ?? []
  response.setHeader('content-type', 'application/json')
  if (city === undefined) return response.writeHead(404).end('{"error":"no such city"}\n')
  response.end(`${JSON.stringify({ city, sky: 'clear', celsius: 21 })}\n`)
}).listen(Number(process.env.ORIGIN_PORT ?? 3000), '127.0.0.1')
