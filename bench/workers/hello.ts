/** A bare Hono Worker: the least that an app of this framework needs to start. */
import { Hono } from 'hono'

const app = new Hono()
app.all('*', (c) => c.text('payment required', 402))

export default app
