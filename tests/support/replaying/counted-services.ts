import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { AgentWorkloadEnvironment, SessionBindingEnvironment } from '@agent-identity/contracts'
import { createLogger } from '@agent-identity/service-runtime'
import type { TestRedis } from '@agent-identity/test-redis'
import { offerProviders } from '../../../packages/tools/src/index.ts'
import { createAgentWorkload } from '../../../services/agent-workload/src/agent-workload.ts'
import { createSessionBinding } from '../../../services/session-binding/src/session-binding.ts'
import { createFakeAgentCore } from '../fake-agentcore.ts'
import { openIdProvider, userOf } from '../fake-openid-provider.ts'
import { environmentOf } from '../in-process-environment.ts'
import { startTwoServers } from '../listening-server.ts'
import { connected } from '../redis.ts'
import { pass } from './moved-clock.ts'

export const KINDS_OF_CALL = ['AgentCore', 'vendor', 'revocation', 'issuer'] as const
export type KindOfCall = (typeof KINDS_OF_CALL)[number]

/**
 * Both services in this process, with workers and timers, the real tools of GitHub, the scripted model and a real Redis. AgentCore, the OpenID provider and
 * the vendor are endpoints that count calls by user. The clock is moved by hand.
 */
export async function startCountedServices(redis: TestRedis, variables: Readonly<Record<string, string>> = {}) {
  const clock = { now: Date.now() }
  const agentcore = createFakeAgentCore(userOf)
  const calls: { user: string; kind: KindOfCall }[] = []
  const counted = (user: string | undefined, kind: KindOfCall) => void calls.push({ user: user ?? 'unknown', kind })

  /** By user: what is done while the vendor has a call, before it answers. */
  const duringCalls = new Map<string, () => Promise<void>>()

  const vendor = createServer((request, response) => {
    // GitHub's client takes the word `token` off a token.
    const user = agentcore.accountOf(/urn:\S+/.exec(request.headers.authorization ?? '')?.[0] ?? '')
    counted(user, 'vendor')
    request.resume().on('end', async () => {
      await duringCalls.get(user ?? '')?.()
      response.writeHead(request.method === 'POST' ? 201 : 200, { 'content-type': 'application/json' })
      const issue = { number: 1, html_url: 'https://github.example/1', title: 'Mine' }
      const read = request.url?.startsWith('/user/repos') ? [] : { id: 1, login: 'somebody' }
      response.end(JSON.stringify(request.method === 'POST' ? issue : read))
    })
  })
  vendor.listen(0, '127.0.0.1').unref()
  await once(vendor, 'listening')
  const apiUrl = `http://127.0.0.1:${(vendor.address() as AddressInfo).port}`

  const [workload, other] = await startTwoServers()
  const app = `http://localhost:${new URL(workload.url).port}`
  const config = {
    ...environmentOf(app),
    REDIS_URL: redis.url,
    PROVIDERS: JSON.stringify({
      github: { credentialProvider: 'github', apiUrl },
      'google-calendar': { credentialProvider: 'google-calendar', apiUrl },
    }),
    TURNS_PER_USER_PER_MINUTE: '1000',
    // Work whose turn is busy is delivered again after two leases.
    TURN_LEASE_SECONDS: '1',
    ...variables,
  }
  const log = createLogger({ service: 'tests', level: 'silent' })
  const shared = async () => ({
    redis: { commands: await connected(redis), subscriber: await connected(redis) },
    audit: () => {},
    clock: () => clock.now,
    log,
  })
  const environment = AgentWorkloadEnvironment.parse(config)
  const offer = await offerProviders(environment, {
    has: () => true,
    async revoke(_provider, accessToken) {
      counted(agentcore.accountOf(accessToken), 'revocation')
      return 'revoked'
    },
  })
  const { workloadIdentity: identity } = agentcore
  const service = await createAgentWorkload(environment, {
    ...(await shared()),
    offer,
    oidc: {
      ...openIdProvider,
      async refresh(of) {
        counted(of.refreshToken, 'issuer')
        return openIdProvider.refresh(of)
      },
      async revoke(token) {
        counted(token, 'issuer')
        return openIdProvider.revoke(token)
      },
    },
    identity: {
      ...identity,
      async mintWorkloadAccessToken(artifact) {
        counted(userOf(artifact), 'AgentCore')
        return identity.mintWorkloadAccessToken(artifact)
      },
      async requestAccessToken(request) {
        counted(agentcore.userOfMinted(request.workloadAccessToken), 'AgentCore')
        return identity.requestAccessToken(request)
      },
    },
  })
  workload.server.on('request', service.app)
  const binding = createSessionBinding(SessionBindingEnvironment.parse(config), {
    ...(await shared()),
    identity: {
      async completeAuthorization(request) {
        counted(userOf(request.artifact), 'AgentCore')
        return agentcore.sessionBindingIdentity.completeAuthorization(request)
      },
    },
  })
  other.server.on('request', binding.app)
  await pass(service.redis, clock, 0)
  const work = service.startWork()

  return {
    app,
    binding: other.url,
    clock,
    agentcore,
    calls,
    duringCalls,
    async stop() {
      service.stopStreams()
      await work.stop()
      service.stop()
      binding.stop()
      vendor.closeAllConnections()
      vendor.close()
      await Promise.all([workload.stop(), other.stop()])
    },
  }
}

export type CountedServices = Awaited<ReturnType<typeof startCountedServices>>
