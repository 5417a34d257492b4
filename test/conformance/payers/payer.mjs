/**
 * Pays by the call and through a channel with the mppx that is installed beside this file, and
 * prints what it got. `old.ts` copies it into a folder with an old version.
 */
import { Mppx, tempo } from 'mppx/client'
import { createClient, defineChain, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { tempoLocalnet } from 'viem/chains'

const { GATEWAY, RPC, KEY } = process.env
const account = privateKeyToAccount(KEY)
const chain = defineChain({ ...tempoLocalnet, rpcUrls: { default: { http: [RPC] } } })
const client = createClient({ chain, account, transport: http() })
const getClient = () => client

const said = {}
for (const mode of ['pull', 'push']) {
  const method = tempo.charge({ account, mode, getClient })
  const payer = Mppx.create({ polyfill: false, methods: [method] })
  const response = await payer.fetch(`${GATEWAY}/after`)
  said[mode] = [response.status, await response.text()]
}
const manager = tempo.session.manager({ account, getClient, maxDeposit: '1' })
said.channel = []
for (const results of [2, 3]) {
  const response = await manager.fetch(`${GATEWAY}/search?limit=5&n=${results}`)
  said.channel.push(response.status)
}
said.spent = (await manager.close())?.spent
console.log(JSON.stringify(said))
