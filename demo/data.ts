/**
 * X-like sample data, computed from ids and queries: the same input always gives the same answer.
 */

/** A user, as `GET /x/users/:id` answers and as tweets embed. */
export type User = {
  id: string
  username: string
  name: string
  description: string
  verified: boolean
  followers: number
  following: number
  createdAt: string
}

/** A photo or a video. `bytes` is its size. */
export type Media = { type: 'photo' | 'video'; url: string; bytes: number }

/** A post. `createdAt` is ISO 8601. */
export type Tweet = {
  id: string
  text: string
  createdAt: string
  likeCount: number
  retweetCount: number
  replyCount: number
  quoteCount: number
  viewCount: number
  author: User
}

/** A tweet with photos or videos. */
export type MediaTweet = Tweet & { media: Media[] }

/** A long post. */
export type Article = { id: string; title: string; previewText: string; body: string; author: User }

/** A trending topic. `rank` counts from 1. */
export type Trend = { name: string; rank: number; tweetCount: number }

type Words = readonly [string, ...string[]]

const FIRST_NAMES: Words = ['Ada', 'Bela', 'Chidi', 'Defne', 'Elif', 'Finn', 'Grace', 'Hana']
const LAST_NAMES: Words = ['Arslan', 'Brook', 'Costa', 'Demir', 'Eriksen', 'Fontaine', 'Gupta']
const TOPICS: Words = ['edge caching', 'tea', 'trains', 'TypeScript', 'bicycles', 'slow mornings']
const OPENINGS: Words = [
  'Thinking about',
  'A short note on',
  'Nobody warned me about',
  'In praise of',
]
const EPOCH_MS = Date.UTC(2026, 0, 1)
const HALF_YEAR_S = 180 * 24 * 60 * 60

/** A whole number in [0, below) that depends on `seed` alone (32-bit FNV-1a, folded). */
export function pick(seed: string, below: number): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < seed.length; i += 1) {
    hash = Math.imul(hash ^ seed.charCodeAt(i), 0x01000193)
  }
  // The low bits of FNV are weak, and `%` would use little else.
  return ((hash ^ (hash >>> 15)) >>> 0) % below
}

/** The id of the item at `index` (below 10^8) of the list that `seed` names: 19 digits. */
export function idAt(seed: string, index: number): string {
  return `19${digitsFrom(pick(seed, 1e9), 9)}${digitsFrom(index, 8)}`
}

/** The user with this id, or with this username if the text is no number. */
export function userOf(idOrUsername: string): User {
  const isId = /^\d+$/.test(idOrUsername)
  const first = word(FIRST_NAMES, `first:${idOrUsername}`)
  const last = word(LAST_NAMES, `last:${idOrUsername}`)
  return {
    id: isId ? idOrUsername : idAt(`user:${idOrUsername}`, 0),
    username: isId ? `${first}_${last}_${pick(idOrUsername, 1000)}`.toLowerCase() : idOrUsername,
    name: `${first} ${last}`,
    description: `Writes about ${word(TOPICS, `bio:${idOrUsername}`)}.`,
    verified: pick(`verified:${idOrUsername}`, 4) === 0,
    followers: pick(`followers:${idOrUsername}`, 100_000),
    following: pick(`following:${idOrUsername}`, 2000),
    createdAt: '2019-05-01T00:00:00.000Z',
  }
}

/** The tweet with this id. The author follows from the id, unless an author is given. */
export function tweetOf(id: string, author: User = userOf(idAt(`author:${id}`, 0))): Tweet {
  const likeCount = pick(`likes:${id}`, 5000)
  return {
    id,
    text: `${word(OPENINGS, `opening:${id}`)} ${word(TOPICS, `topic:${id}`)}.`,
    createdAt: new Date(EPOCH_MS + pick(`time:${id}`, HALF_YEAR_S) * 1000).toISOString(),
    likeCount,
    retweetCount: pick(`retweets:${id}`, 1000),
    replyCount: pick(`replies:${id}`, 300),
    quoteCount: pick(`quotes:${id}`, 100),
    viewCount: likeCount * 40 + pick(`views:${id}`, 1000),
    author,
  }
}

/** A tweet with one photo or video. */
export function mediaTweetOf(id: string, author: User): MediaTweet {
  return { ...tweetOf(id, author), media: [mediaOf(id)] }
}

/** The file behind a URL or a tweet id. */
export function mediaOf(source: string): Media {
  const type = pick(`type:${source}`, 4) === 0 ? 'video' : 'photo'
  const file = `${pick(`file:${source}`, 1e9)}.${type === 'video' ? 'mp4' : 'jpg'}`
  return { type, url: `https://media.example/${file}`, bytes: 10_000 + pick(source, 5_000_000) }
}

/** The article that a tweet carries. */
export function articleOf(tweetId: string): Article {
  const { text, author } = tweetOf(tweetId)
  const topic = word(TOPICS, `topic:${tweetId}`)
  return {
    id: tweetId,
    title: `On ${topic}`,
    previewText: text,
    body: `${text} This sample about ${topic} is made up for the demo.`,
    author,
  }
}

/** The trend at `index` (from 0). */
export function trendAt(index: number): Trend {
  const name = `#${word(TOPICS, `trend:${index}`).replaceAll(' ', '')}${index + 1}`
  return { name, rank: index + 1, tweetCount: 1_000_000 - index * 1000 }
}

function word(words: Words, seed: string): string {
  return words[pick(seed, words.length)] ?? words[0]
}

function digitsFrom(value: number, length: number): string {
  return String(value).padStart(length, '0')
}
