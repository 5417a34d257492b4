/** A small in-memory collection, the same for every kind of item that the demo origin keeps. */
import { Hono } from 'hono'
import { type InputFields, jsonObject, pageOf } from './input.ts'

/**
 * An app in which `GET /` lists, `POST /` creates (201), and `GET`, `PATCH`, `PUT` (both merge) and
 * `DELETE` act on `/:id`. Below an item there are sample `deliveries`; other deeper paths only
 * answer their own method and path. A restart clears the items.
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

/** A sample delivery of a webhook, the newest at index 0. */
function deliveryAt(index: number): InputFields {
  return { id: String(1000 - index), event: 'tweet.new', status: 'delivered', attempts: 1 }
}
