/** An origin that answers with the status of the query, and counts what it has seen. */
const seen = new Map<string, number>()

const classOf = (status: number) => (status === 429 ? '429' : `${Math.floor(status / 100)}xx`)

export default {
  fetch({ url }: Request): Response {
    const { pathname, searchParams } = new URL(url)
    if (pathname === '/seen') return Response.json([...seen])
    const status = Number(searchParams.get('status'))
    const route = pathname.replace('/api/v1/', '').replace(/\/a$/, '/*')
    const name = `key ${searchParams.get('id')} ${route} ${classOf(status)}`
    seen.set(name, (seen.get(name) ?? 0) + 1)
    return new Response('{}', { status, headers: { 'content-type': 'application/json' } })
  },
}
