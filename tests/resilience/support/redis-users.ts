import { randomBytes } from 'node:crypto'
import type { LocalStackOptions } from '@agent-identity/local'
import type { Redis } from 'ioredis'
import { REDIS_ACCESS } from '../../../infra/redis-access.ts'
import type { Service } from '../../support/stack.ts'

/** Of a cluster's client: whether the cluster is whole, a node whose role has changed, a slot that is on its way. */
const CLUSTER_CLIENT = ['+cluster|info', '+readwrite', '+asking']

const SERVICES = ['agent-workload', 'session-binding'] as const satisfies readonly Service[]

/** Each service's own user, with the access string that the CDK app gives it; nobody else may do anything. */
export function redisUsers() {
  const passwords = { 'agent-workload': password(), 'session-binding': password() }
  const userOf = (service: Service) => ({ username: service, password: passwords[service] })
  const environmentOf = (service: Service) => ({ REDIS_USERNAME: service, REDIS_PASSWORD: passwords[service] })
  return {
    userOf,
    environments: {
      'agent-workload': environmentOf('agent-workload'),
      'session-binding': environmentOf('session-binding'),
    } satisfies LocalStackOptions['environments'],

    /** @param administrator a connection that stays as it is: it needs a user of its own before. */
    async create(administrator: Redis): Promise<void> {
      // Redis 7.0, which distributions still have, refuses rules about a command that it does not know.
      const known = (await administrator.call('COMMAND', 'INFO', 'client|setinfo')) as [unknown]
      for (const service of SERVICES) {
        const rules = [...REDIS_ACCESS[service].split(' '), ...CLUSTER_CLIENT].filter(
          (rule) => known[0] || rule !== '+client|setinfo',
        )
        await administrator.call('ACL', 'SETUSER', service, 'reset', `>${passwords[service]}`, ...rules)
      }
    },

    /** What the engine has refused to the services so far: context, object and user. */
    async refusals(administrator: Redis): Promise<string[]> {
      const log = (await administrator.call('ACL', 'LOG', '100')) as string[][]
      return log.map((entry) => {
        const field = (name: string) => entry[entry.indexOf(name) + 1]
        return `${field('username')}: ${field('reason')} ${field('object')}`
      })
    },
  }
}

const password = () => randomBytes(24).toString('base64url')
