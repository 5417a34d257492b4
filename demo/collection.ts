/** A small in-memory collection, the same for every kind of thing the demo origin can keep. */
import { Hono } from 'hono'
import { type InputFields, jsonObject, pageOf } from './input.ts'

/**
 * `GET /` lists, `POST /` creates (201), `GET`, `PATCH`, `PUT` and `DELETE /:id` do what they say.
 * Deeper paths only answer their own name: no sample needs them. What is kept is gone on restart.
 */
export function createCollection(name: string): Hono {
  const items = new Map<string, InputFields>()
  let lastId = 0
  const app = new Hono()

  app.get('/', (c) => {
    const all = [...items.values()]
    return c.json(pageOf(c, name, (index) => all[index], all.length))
  })

  app.post('/', async (c) => {
    const fields = await jsonObject(c)
    lastId += 1
    const item = { ...fields, id: String(lastId), createdAt: new Date().toISOString() }
    items.set(item.id, item)
    return c.json(item, 201)
  })

  app.get('/:id', (c) => {
    const item = items.get(c.req.param('id'))
    return item ? c.json(item) : c.notFound()
  })

  app.on(['PATCH', 'PUT'], '/:id', async (c) => {
    const id = c.req.param('id')
    const item = items.get(id)
    if (!item) return c.notFound()
    const merged = { ...item, ...(await jsonObject(c)), id }
    items.set(id, merged)
    return c.json(merged)
  })

  app.delete('/:id', (c) => (items.delete(c.req.param('id')) ? c.body(null, 204) : c.notFound()))

  app.all('/:id/*', (c) => {
    if (c.req.path.endsWith('/deliveries')) return c.json(pageOf(c, 'deliveries', deliveryAt))
    return c.json({ method: c.req.method, path: c.req.path })
  })

  return app
}

/** What a webhook was sent, newest first. */
function deliveryAt(index: number): InputFields {
  return { id: String(1000 - index), event: 'tweet.new', status: 'delivered', attempts: 1 }
}
