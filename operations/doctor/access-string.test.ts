import { CONTAINER_NAMES } from '@agent-identity/infra/names'
import { REDIS_ACCESS } from '@agent-identity/infra/redis-access'
import { startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { asTheEngineSays } from '../test-support/access-strings.ts'
import { isSameAccess } from './access-string.ts'

let server: TestRedis
let redis: Awaited<ReturnType<TestRedis['ready']>>
beforeAll(async () => {
  server = await startTestRedis()
  redis = await server.ready()
})
afterAll(() => server.stop())

const withoutCommands = (access: string) => access.replace(/ \+\S+(?=\)| |$)/g, '')

test.each(CONTAINER_NAMES)(
  'what the engine says of %s is what it was given, in the form of the healthy stage',
  async (name) => {
    // Redis 7.0 does not know this command.
    const given = REDIS_ACCESS[name].replace('+client|setinfo ', '')
    await redis.call('ACL', 'SETUSER', name, 'reset', ...given.split(' '))
    const list = (await redis.call('ACL', 'LIST')) as string[]
    const said = list.find((line) => line.startsWith(`user ${name} `))?.slice(`user ${name} `.length) ?? ''
    expect(said.split(' ')).not.toEqual(given.split(' '))
    expect(isSameAccess(said, given)).toBe(true)
    expect(withoutCommands(said.replace('sanitize-payload ', ''))).toBe(withoutCommands(asTheEngineSays(given)))
  },
)
