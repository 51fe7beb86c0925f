import { createWorkloadIdentity } from '@agent-identity/agentcore-identity'
import { composeAuthorization } from '@agent-identity/authorization'
import type { AgentWorkloadEnvironment, UserRef, UserSessionRef } from '@agent-identity/contracts'
import { createRevocationFunctions } from '@agent-identity/revocation-function'
import { healthRoutes, wheneverReady } from '@agent-identity/service-runtime'
import { createVendorSlots, offerProviders } from '@agent-identity/tools'
import { endedByRefusal } from '@agent-identity/user-session'
import { createAgentRunner } from './agent/index.ts'
import { createModel, createStrandsLoop } from './agent/strands/index.ts'
import { createApp } from './app.ts'
import { composeConfirmations } from './composition/confirmations.ts'
import { composePeople } from './composition/people.ts'
import { createRuntime, type Overrides } from './composition/runtime.ts'
import { composeSignIn } from './composition/sign-in.ts'
import { composeTurns } from './composition/turns.ts'
import { startWork } from './composition/workers.ts'
import { createRoutes } from './routes.ts'
import { waitingTurns } from './turns/waiting-turns.ts'

/** No turn runs before `startWork`. The numbered comments name the steps of docs/flow.md. */
export async function createAgentWorkload(config: AgentWorkloadEnvironment, overrides: Overrides = {}) {
  const runtime = createRuntime(config, overrides)
  const { redis, subscriber, audit, clock, log } = runtime
  let draining = false

  // 1. Sign in
  const signIn = composeSignIn(runtime, overrides.oidc)

  // 2. Ask
  const stores = composeTurns(runtime, signIn)
  const { turns, work, eventStreams } = stores

  // 3. to 6. and 10. Identify, request, remember, start; resume
  const offer =
    overrides.offer ??
    (await offerProviders(
      config,
      createRevocationFunctions({
        region: config.AWS_REGION,
        functions: config.REVOCATION_FUNCTIONS,
        timeoutMs: config.VENDOR_TIMEOUT_MS,
        log,
      }),
    ))
  const identity =
    overrides.identity ??
    createWorkloadIdentity({
      region: config.AWS_REGION,
      workloadName: config.WORKLOAD_NAME,
      timeoutMs: config.AGENTCORE_TIMEOUT_MS,
      log,
    })
  const waiting = waitingTurns(turns, work)
  const authorization = composeAuthorization({
    ...runtime,
    ...signIn,
    identity,
    offered: offer.providers,
    accountOf: offer.accountOf,
    revoke: offer.revoke,
    tell: waiting.tell,
  })

  const confirmations = composeConfirmations(runtime, stores)

  const onSignOut = async (ref: UserSessionRef, user: UserRef | undefined) => {
    if (user) await authorization.signOut(user, ref)
    await confirmations.confirming.signOut(ref)
  }
  signIn.userTokens.onRefused(endedByRefusal({ sessions: signIn.sessions, onSignOut, audit, log }))
  const people = composePeople(runtime, { signIn, authorization, offered: offer.providers, onSignOut })

  const agent = createAgentRunner({
    loop: overrides.loop ?? createStrandsLoop({ model: createModel(config), log }),
    tools: offer.tools,
    vendorSlots: createVendorSlots(config.VENDOR_CALLS_AT_ONCE),
    toolCallsPerMessage: config.TOOL_CALLS_PER_MESSAGE,
    log,
  })
  signIn.endings.onEnded((ref) => {
    authorization.forget(ref)
    eventStreams.closeUserSession(ref)
  })
  wheneverReady(subscriber, signIn.endings.start)

  const routes = createRoutes({
    config,
    redis,
    ...signIn,
    ...stores,
    ...confirmations,
    authorization,
    waiting,
    people,
    onSignOut,
    offer,
    audit,
    clock,
    log,
  })
  const health = healthRoutes(redis, () => draining)
  const app = createApp({ publicUrl: config.PUBLIC_URL, health, userSession: signIn.sessions.middleware, routes, log })
  return {
    app,
    authorization,
    log,
    redis,
    startWork: () => startWork(runtime, { signIn, stores, authorization, confirmations, people, agent }),
    drain: () => {
      draining = true
    },
    stop: () => {
      redis.disconnect()
      subscriber.disconnect()
    },
    stopStreams: eventStreams.stop,
    finishRevocations: signIn.revocations.finish,
  }
}
