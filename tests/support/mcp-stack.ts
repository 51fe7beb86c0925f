import { REDIS_ACCESS } from '@agent-identity/infra/redis-access'
import { expect } from '@jest/globals'
import { withRedis } from './redis.ts'
import { redisRefusals } from './redis-monitor.ts'
import { startStackOfItsOwn } from './stack-of-its-own.ts'
import { rulesForThisRedis } from './synthesized.ts'

/** `stop` fails when Redis has refused a command. */
export async function startMcpStack() {
  const access = REDIS_ACCESS
  const stack = await startStackOfItsOwn(
    { MCP_CONSENT_WAIT_MS: '45000' },
    {
      mcp: true,
      replicas: 2,
      // As in AWS: each service has its own user and permissions.
      redisAccess: {
        'agent-workload': rulesForThisRedis(access['agent-workload']),
        'session-binding': rulesForThisRedis(access['session-binding']),
        'mcp-server': rulesForThisRedis(access['mcp-server']),
      },
    },
  )
  return {
    ...stack,
    async stop() {
      let refused: string[] | undefined
      try {
        refused = await withRedis(stack, redisRefusals)
      } finally {
        await stack.stop()
      }
      expect(refused).toEqual([])
    },
  }
}
