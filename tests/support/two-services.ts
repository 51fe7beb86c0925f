import {
  AgentWorkloadEnvironment,
  type DueId,
  type OfferedProviders,
  SessionBindingEnvironment,
  type StartId,
} from '@agent-identity/contracts'
import { type Clock, createLogger } from '@agent-identity/service-runtime'
import type { TestRedis } from '@agent-identity/test-redis'
import { createAgentWorkload } from '../../services/agent-workload/src/agent-workload.ts'
import { createSessionBinding } from '../../services/session-binding/src/session-binding.ts'
import { EVERY_PROVIDER } from './every-provider.ts'
import { createFakeAgentCore } from './fake-agentcore.ts'
import { openIdProvider, userOf } from './fake-openid-provider.ts'
import { environmentOf } from './in-process-environment.ts'
import { startTwoServers } from './listening-server.ts'
import { connected } from './redis.ts'

/**
 * Starts two replicas of both services in this process, with one real Redis. AgentCore, the OpenID provider and the vendors are fakes,
 * and no worker runs.
 *
 * @param offered the providers of each replica of the agent workload
 */
export async function startTwoServices(
  testRedis: TestRedis,
  clock: Clock,
  offered: readonly [OfferedProviders, OfferedProviders] = [EVERY_PROVIDER, EVERY_PROVIDER],
) {
  const agentcore = createFakeAgentCore(userOf)
  const [workloads, bindings] = [await startTwoServers(), await startTwoServers()]
  const publicUrl = `http://localhost:${new URL(workloads[0].url).port}`
  const environment = environmentOf(publicUrl)
  const log = createLogger({ service: 'tests', level: 'silent' })
  const outside = async () => ({
    redis: { commands: await connected(testRedis), subscriber: await connected(testRedis) },
    audit: () => {},
    clock,
    log,
  })
  const replica = async (providers: OfferedProviders) =>
    createAgentWorkload(AgentWorkloadEnvironment.parse(environment), {
      ...(await outside()),
      oidc: openIdProvider,
      identity: agentcore.workloadIdentity,
      offer: {
        ...{ providers, tools: [], suggestions: [] },
        accountOf: async (_provider, accessToken) => {
          const name = agentcore.accountOf(accessToken)
          return { id: name, name }
        },
        revoke: async () => 'revoked',
      },
    })
  const replicas = [await replica(offered[0]), await replica(offered[1])] as const
  for (const [n, { server }] of workloads.entries()) server.on('request', replicas[n as 0 | 1].app)
  for (const { server } of bindings) {
    const overrides = { ...(await outside()), identity: agentcore.sessionBindingIdentity }
    server.on('request', createSessionBinding(SessionBindingEnvironment.parse(environment), overrides).app)
  }
  const { authorizations, starts } = replicas[0].authorization

  return {
    app: publicUrl,
    agentcore,
    workloads: workloads.map(({ url }) => url),
    bindings: bindings.map(({ url }) => url),
    authorizations,
    starts,
    /** Does what a binding notification causes. */
    settle: (id: StartId, n: number) => replicas[(n % 2) as 0 | 1].authorization.settleStart(id),
    settleDue: (id: DueId) => replicas[0].authorization.settleDue(id),
    async stop() {
      for (const replica of replicas) {
        replica.stopStreams()
        replica.stop()
      }
      await Promise.all([...workloads, ...bindings].map(({ stop }) => stop()))
    },
  }
}

export type TwoServices = Awaited<ReturnType<typeof startTwoServices>>
