import { randomBytes } from 'node:crypto'
import { REDIS_ACCESS } from '@agent-identity/infra/redis-access'
import type { LocalStackOptions } from '@agent-identity/local'
import type { Redis } from 'ioredis'
import type { Service } from '../../support/stack.ts'
import { rulesForThisRedis } from '../../support/synthesized.ts'

const SERVICES = ['agent-workload', 'session-binding'] as const satisfies readonly Service[]

/** With the access strings of the CDK app. */
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

    /** @param administrator has all permissions */
    async create(administrator: Redis): Promise<void> {
      for (const service of SERVICES) {
        const rules = rulesForThisRedis(REDIS_ACCESS[service]).split(' ')
        await administrator.call('ACL', 'SETUSER', service, 'reset', `>${passwords[service]}`, ...rules)
      }
    },
  }
}

const password = () => randomBytes(24).toString('base64url')
