/** The least that a proxy on this platform can do: `fetch(url, request)`. */

interface Env {
  ORIGIN: { fetch: typeof fetch }
}

export default {
  fetch(request: Request, { ORIGIN }: Env): Promise<Response> {
    const { url } = request
    return ORIGIN.fetch(`http://origin${url.slice(url.indexOf('/', 8))}`, request)
  },
}
