/** The routes below `/x` and the trends, with sample answers from `data.ts`. */
import { type Context, Hono } from 'hono'
import type { User } from './data.ts'
import { articleOf, idAt, mediaOf, mediaTweetOf, pick, trendAt, tweetOf, userOf } from './data.ts'
import { badRequest, jsonObject, pageOf } from './input.ts'

/** The most media items of one request. */
const MAX_DOWNLOADS = 50
/** The search query without results. */
const NOTHING = 'nothing'

export const x = new Hono()

// The id 0 does not exist, so that people can watch an origin's own 404 pass through the gateway.
x.all('/x/tweets/0/*', (c) => c.notFound())
x.all('/x/users/0/*', (c) => c.notFound())

// One search finds nothing, so that people can see what a call without results costs.
x.get('/x/tweets/search', (c) =>
  c.req.query('q') === NOTHING ? c.json(pageOf(c, 'tweets', () => null, 0)) : tweets(c),
)
x.get('/x/tweets/:id', (c) => c.json(tweetOf(c.req.param('id'))))
x.get('/x/tweets/:id/:list{quotes|replies|thread}', tweets)
x.get('/x/tweets/:id/:list{retweeters|favoriters}', users)

x.get('/x/users/:id', (c) => c.json(userOf(c.req.param('id'))))
x.get('/x/users/:id/likes', tweets)
x.get('/x/users/:id/tweets', (c) => c.json(pageOf(c, 'tweets', ownTweetAt(c, tweetOf))))
x.get('/x/users/:id/media', (c) => c.json(pageOf(c, 'tweets', ownTweetAt(c, mediaTweetOf))))

x.get('/x/followers/check', (c) => {
  const { source, target } = c.req.query()
  if (!source || !target) throw badRequest('invalid_input', 'source and target are needed.')
  const isFollowing = pick(`${source}>${target}`, 2) === 1
  const isFollowedBy = pick(`${target}>${source}`, 2) === 1
  return c.json({ source, target, isFollowing, isFollowedBy })
})

x.get('/x/articles/:tweetId', (c) => c.json(articleOf(c.req.param('tweetId'))))

x.post('/x/media/download', async (c) => {
  const { urls, tweetIds, items } = await jsonObject(c)
  const asked: unknown[] = [urls, tweetIds, items].filter(Array.isArray).flat()
  if (asked.length === 0) throw badRequest('invalid_input', 'urls, tweetIds or items is needed.')
  if (asked.length > MAX_DOWNLOADS)
    throw badRequest('invalid_input', `At most ${MAX_DOWNLOADS} can be asked for at once.`)
  const media = asked.map((source) => ({ source, ...mediaOf(JSON.stringify(source)) }))
  return c.json({ media, has_next_page: false, next_cursor: null })
})

x.get('/trends', trends)
x.get('/x/trends', trends)

x.post('/x/accounts', (c) => c.json({ id: '1', status: 'connected' }, 201))
x.on(['POST', 'DELETE'], '/x/users/:id/follow', (c) => c.json({ success: true }))

/** Answers a list of tweets that follows from the path and, for a search, from `q`. */
function tweets(c: Context): Response {
  return c.json(pageOf(c, 'tweets', (index) => tweetOf(idAt(listSeed(c), index))))
}

function users(c: Context): Response {
  return c.json(pageOf(c, 'users', (index) => userOf(idAt(listSeed(c), index))))
}

function trends(c: Context): Response {
  return c.json(pageOf(c, 'trends', trendAt))
}

/** A function that maps the index in a user's own list to a tweet of that user. */
function ownTweetAt<Tweet>(c: Context, make: (id: string, author: User) => Tweet) {
  const author = userOf(c.req.param('id') ?? '')
  return (index: number) => make(idAt(listSeed(c), index), author)
}

/**
 * The seed of a list. It leaves out `limit` and `cursor`, which name a part of the list and not the
 * list.
 */
function listSeed(c: Context): string {
  return `${c.req.path}?${c.req.query('q') ?? ''}`
}
