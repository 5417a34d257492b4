/**
 * `npm run secrets`: rotates secrets without a gap. A rotation stores a new value beside the old
 * ones, which stay good; only `retire` ends one, and says first what dies with it.
 * See docs/decisions/0043.
 */
import { privateKeyToAddress } from 'viem/accounts'
import { secretNames } from '../../src/lib/secretValues.ts'
import { type Api, CannotDeploy } from '../deployment/api.ts'
import { openChannels, putSecret, secretNamesOf } from '../deployment/platform.ts'
import type { SecretWorkerName } from '../deployment/project.ts'
import { HEALTH_SECRET_RULE, MAKERS, readHealthSecret, type SecretName } from '../secrets.ts'

/** The time until every isolate and every origin knows a new value, in seconds. */
const SPREAD_S = 600

/** A secret that is rotated here. The operator makes HEALTH_SECRET, because a monitor sends it. */
type Rotated = SecretName | 'HEALTH_SECRET'

/** The facts of each secret: its Worker, and what ends with an old value. */
const FACTS: Record<Rotated, { worker: SecretWorkerName; retiring: string }> = {
  KEY_TAG_SECRET: {
    worker: 'gateway',
    retiring:
      'every API key, session, token and link that was made with it is dead at once, unless ' +
      'apiKeys.acceptUntagged is true (API keys only)',
  },
  PAYMENT_SECRET: {
    worker: 'gateway',
    retiring: 'payments for challenges that were made with it are refused: wait 26 hours',
  },
  ASSERTION_KEYS: {
    worker: 'gateway',
    retiring: 'origins refuse assertions that were signed with it: wait 10 minutes',
  },
  HEALTH_SECRET: {
    worker: 'gateway',
    retiring: 'a monitor that still sends it is answered with 401',
  },
  SETTLEMENT_KEY: {
    worker: 'payments',
    retiring: 'channels that were opened for its address cannot be settled or closed by us',
  },
}

export interface Rotation {
  api: Api
  /** The name of each Worker at the platform. */
  workers: Record<SecretWorkerName, string>
  /** The id of the database. */
  database: string
  say: (line: string) => void
  /** The new HEALTH_SECRET, if the operator gives one. */
  healthSecret: string | undefined
  /** The time, in epoch milliseconds. */
  now: number
}

/** Prints which secrets are stored. */
export async function listSecrets({ api, workers, say }: Rotation): Promise<void> {
  for (const worker of Object.values(workers)) {
    const names = await secretNamesOf(api, worker)
    say(`${worker}: ${names === null ? 'no such Worker yet' : names.sort().join(', ') || 'none'}`)
  }
}

/** Stores a new value beside the old ones. */
export async function rotate(name: string, rotation: Rotation): Promise<void> {
  const { api, workers, say, now } = rotation
  const secret = known(name)
  const worker = workers[FACTS[secret].worker]
  const stored = await secretNamesOf(api, worker)
  const isThere = (one: string) => stored?.includes(one) ?? false
  if (!secretNames(secret).some(isThere))
    throw new CannotDeploy(`${worker} has no ${secret} yet: \`npm run setup\` makes the first one.`)
  const free = secretNames(secret).find((one) => !isThere(one))
  if (free === undefined)
    throw new CannotDeploy(`${secret} has 9 values already: retire one first.`)
  const value = await newValue(secret, rotation)
  const from = Math.ceil(now / 1000) + SPREAD_S
  await putSecret(api, worker, free, `${value}@${from}`)
  const at = new Date(from * 1000).toISOString().slice(0, 16).replace('T', ' ')
  if (secret === 'SETTLEMENT_KEY') {
    say(`The new key's address is ${privateKeyToAddress(value as `0x${string}`)}.`)
    say('Give it a little of the currency, then write it as PAYMENT_OPERATOR and deploy.')
    say('Channels of the old address are settled with the old key, as long as that is stored.')
  } else if (secret === 'HEALTH_SECRET') say(`${free} is accepted now: give it to your monitor.`)
  else say(`${free} is accepted now, and used for what is new from ${at} UTC on.`)
  say(`The old values stay good. To end one: npm run secrets -- retire ${secret}`)
}

function newValue(secret: Rotated, { healthSecret }: Rotation): string | Promise<string> {
  if (secret !== 'HEALTH_SECRET') return MAKERS[secret]()
  const value = readHealthSecret(healthSecret)
  if (!value) throw new CannotDeploy(HEALTH_SECRET_RULE)
  return value
}

/** Deletes a stored value; only if `isMeant`, because what was made with it dies. */
export async function retire(stored: string, isMeant: boolean, rotation: Rotation): Promise<void> {
  const { api, workers, say } = rotation
  const secret = known(stored.replace(/_[2-9]$/, ''))
  const worker = workers[FACTS[secret].worker]
  const names = (await secretNamesOf(api, worker)) ?? []
  const all = secretNames(secret).filter((one) => names.includes(one))
  if (!all.includes(stored)) throw new CannotDeploy(`${worker} has no secret ${stored}.`)
  if (all.length < 2)
    throw new CannotDeploy(`${stored} is the only value of ${secret}: rotate it first.`)
  if (!isMeant) {
    const channels = secret === 'SETTLEMENT_KEY' ? await channelsNow(rotation) : ''
    throw new CannotDeploy(
      `With ${stored} ${FACTS[secret].retiring}.\n${channels}` +
        `If that is meant: npm run secrets -- retire ${stored} --yes`,
    )
  }
  const path = `${await api.account()}/workers/scripts/${worker}/secrets/${stored}`
  await api.change('DELETE', path, undefined, `delete the secret ${stored} of ${worker}`)
  say(`${all.filter((one) => one !== stored).join(', ')} stay.`)
}

/** Says how many channels are open; the ledger does not have the address that each one names. */
async function channelsNow({ api, database }: Rotation): Promise<string> {
  const open = await openChannels(api, database)
  if (open === 0) return 'No channel is open now.\n'
  return (
    `${open} ${open === 1 ? 'channel is' : 'channels are'} open now: wait until ` +
    '`npm run ledger -- --remote` shows none that was opened before the rotation.\n'
  )
}

function known(name: string): Rotated {
  if (Object.hasOwn(FACTS, name)) return name as Rotated
  throw new CannotDeploy(
    `"${name}" is no secret that is rotated here; those are ${Object.keys(FACTS).join(', ')}.`,
  )
}
