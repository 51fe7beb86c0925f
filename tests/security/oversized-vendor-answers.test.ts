import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { connectionsKey } from '@agent-identity/contracts'
import { userRef } from '@agent-identity/service-runtime'
import { expect, test } from '@jest/globals'
import { attacksOn } from '../support/attack.ts'
import { forThisTest } from '../support/for-this-test.ts'
import { Person } from '../support/person.ts'
import { withRedis } from '../support/redis.ts'
import { userSessionOf } from '../support/secrets.ts'
import { ownDatabase, startService } from '../support/service-process.ts'
import { stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
const { waiting, finishes } = attacksOn(stack)
const own = forThisTest()

const BOMBS = [
  // 64 MiB, mostly white space: about 64 KiB on the wire.
  JSON.stringify([{ full_name: 'alice/bomb', private: false }]).padEnd(64 * 1024 * 1024),
  // 3.9 MB: 3.8 kB on the wire. Checked as a whole, it would fill the memory of the process.
  `[${'{},'.repeat(1_300_000)}{}]`,
  // As long as the limit of this provider allows.
  `[${'{},'.repeat(340_000)}{}]`,
].map((text) => gzipSync(text))

async function startHostileVendor() {
  const asked: string[] = []
  let bomb: Buffer | undefined = BOMBS[0]
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(bomb)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    answers: (next: Buffer) => {
      bomb = next
    },
    stop: async () => {
      server.closeAllConnections()
      await once(server.close(), 'close')
    },
  }
}

test('a vendor’s answer that is huge when it is decompressed or checked is refused, the turn says so, and the process lives', async () => {
  const victim = await waiting()
  await finishes(victim)
  // A token of the vault is used only for a connection with a record.
  const database = ownDatabase(stack)
  const connection = connectionsKey(userRef((await userSessionOf(stack, victim.who)).user), 'github')
  const copied = await withRedis(stack, (redis) =>
    redis.copy(connection, connection, 'DB', Number(new URL(database).pathname.slice(1))),
  )
  expect(copied).toBe(1)

  const vendor = await own(startHostileVendor())
  const credentialProvider = stack.deployment.credentialProviders.github
  const replica = await own(
    startService(stack, 'agent-workload', {
      REDIS_URL: database,
      PROVIDERS: JSON.stringify({ github: { credentialProvider, apiUrl: vendor.url } }),
    }),
  )
  const who = new Person(stack, victim.who)
  who.browser.connect = (url) => (url.origin === stack.app ? replica.url : undefined)
  expect((await who.signIn()).status).toBe(200)
  for (const [n, bomb] of BOMBS.entries()) {
    vendor.answers(bomb)
    const { stream } = await who.ask('List my repositories')
    expect(await stream.answer()).toContain('does not answer as it should')
    expect(stream.text).not.toContain('alice/bomb')
    expect(vendor.asked.filter((url) => url.startsWith('/user/repos'))).toHaveLength(n + 1)
  }
  // Several at once.
  const turns = await Promise.all(Array.from({ length: 8 }, () => who.ask('List my repositories')))
  for (const { stream } of turns) expect(await stream.answer()).toContain('does not answer as it should')
})
