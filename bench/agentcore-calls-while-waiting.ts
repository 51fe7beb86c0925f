import { setTimeout as delay } from 'node:timers/promises'
import { returnUrlOf } from '@agent-identity/contracts'
import { createAgentcoreClient } from './agentcore/agentcore-client.ts'
import { countingCalls } from './agentcore/calls.ts'
import { startPeer } from './agentcore/peer.ts'
import { peerEnvironment } from './agentcore/peer-environment.ts'
import type { Benchmark } from './report/benchmark.ts'
import { withStack } from './support/bench-stack.ts'
import { peopleOf, QUESTION } from './support/people.ts'

const WAITING = 5

/** AWS calls of one turn while its user is giving consent. */
export const agentcoreCallsWhileWaiting: Benchmark = {
  name: 'agentcore calls while waiting',
  run: ({ quick, say }) =>
    withStack(async (stack) => {
      const seconds = quick ? 10 : 60
      const people = peopleOf(stack)
      const agentcore = createAgentcoreClient(stack)
      const peer = startPeer(peerEnvironment(stack))
      try {
        for (let n = 0; n < WAITING; n++) {
          const { stream } = await (await people.signedIn()).ask(QUESTION)
          await stream.next('authorization_required')
          const { username } = people.somebody()
          const workloadIdentityToken = await agentcore.mint(username)
          await peer.accessToken({ id: username, workloadIdentityToken, callbackUrl: returnUrlOf(stack.app) })
            .authorizationUrl
        }
        say(`waiting for ${seconds} s`)
        const calls = await countingCalls(stack)
        await delay(seconds * 1_000)
        const ours = (await calls('agent-workload')).length + (await calls('session-binding')).length
        const theirs = (await calls('administrator')).length
        return {
          unit: `calls in ${seconds} s`,
          ours: each(ours),
          peer: { name: 'withAccessToken of bedrock-agentcore, which polls every 5 s', values: each(theirs) },
          floor: { name: 'none', values: [0] },
        }
      } finally {
        peer.stop()
      }
    }),
}

const each = (all: number) => Array.from({ length: WAITING }, () => all / WAITING)
