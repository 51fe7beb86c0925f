import { Redis } from 'ioredis'
import type { Service, Stack } from './stack.ts'
import { type Executed, watchRedis } from './watch-redis.ts'

export interface Sent {
  service: Service
  command: string
  args: readonly string[]
}

const USERS: readonly string[] = ['agent-workload', 'session-binding', 'mcp-server']

/** Some of the commands that have subcommands. */
const CONTAINERS = ['client', 'cluster', 'xgroup', 'script', 'acl', 'object', 'config']

const LAST = 'the last command of this test'

/** MONITOR shows a client's address and not its user: `identify` reads the list of clients. */
export async function monitorRedis(stack: Pick<Stack, 'redis'>) {
  const redis = new Redis(stack.redis)
  const entries: Executed[] = []
  const caughtUp = Promise.withResolvers<void>()
  const watch = await watchRedis(stack.redis, (executed) => {
    entries.push(executed)
    if (executed.args[1] === LAST) caughtUp.resolve()
  })
  const userAt = new Map<string, string>()

  return {
    /** Call this before a connection that has sent commands is closed. */
    async identify(): Promise<void> {
      for (const line of String(await redis.client('LIST')).split('\n')) {
        const field = (name: string) => new RegExp(`(?:^| )${name}=(\\S*)`).exec(line)?.[1] ?? ''
        userAt.set(field('addr'), field('user'))
      }
    },
    /** Waits until MONITOR has shown the commands that Redis has executed so far. Call this once. */
    async caughtUp(): Promise<void> {
      await redis.echo(LAST)
      await caughtUp.promise
    },
    stop(): void {
      watch.stop()
      redis.disconnect()
    },
    sent(): Sent[] {
      let caller = ''
      return entries.flatMap(({ args, source }) => {
        // Redis executes one command at a time: a script's calls follow the command that runs the script.
        if (source !== 'lua') caller = source
        const user = userAt.get(caller) ?? ''
        if (!USERS.includes(user)) return []
        const [first = '', ...rest] = args
        const name = first.toLowerCase()
        const command = CONTAINERS.includes(name) ? `${name}|${rest.shift()?.toLowerCase()}` : name
        return [{ service: user as Service, command, args: rest }]
      })
    },
  }
}

/** From ACL LOG, without failed authentications. */
export async function redisRefusals(administrator: Redis): Promise<string[]> {
  const log = (await administrator.call('ACL', 'LOG', '100')) as string[][]
  return log.flatMap((entry) => {
    const field = (name: string) => entry[entry.indexOf(name) + 1] ?? ''
    if (!USERS.includes(field('username')) || field('reason') === 'auth') return []
    return `${field('username')}: ${field('reason')} ${field('object')}`
  })
}
