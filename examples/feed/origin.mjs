/** A feed: headlines for everybody, and articles. */
import { createServer } from 'node:http'

const ARTICLES = [
  { id: 1, headline: 'Rain expected', text: 'It will rain.' },
  { id: 2, headline: 'Sun expected', text: 'The sun will shine.' },
]

createServer((request, response) => {
  const [, id] = /^\/articles\/([0-9]+)$/.exec(request.url ?? '') ?? []
  const article = ARTICLES.find((one) => one.id === Number(id))
  const headlines = ARTICLES.map(({ id, headline }) => ({ id, headline }))
  const answer = request.url === '/headlines' ? headlines : article
  response.setHeader('content-type', 'application/json')
  if (answer === undefined) return response.writeHead(404).end('{"error":"not found"}\n')
  response.end(`${JSON.stringify(answer)}\n`)
}).listen(Number(process.env.ORIGIN_PORT ?? 3000), '127.0.0.1')
