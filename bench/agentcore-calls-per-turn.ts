import { returnUrlOf } from '@agent-identity/contracts'
import { createAgentcoreClient } from './agentcore/agentcore-client.ts'
import { countingCalls } from './agentcore/calls.ts'
import { startPeer } from './agentcore/peer.ts'
import { peerEnvironment } from './agentcore/peer-environment.ts'
import type { Benchmark } from './report/benchmark.ts'
import { withStack } from './support/bench-stack.ts'
import { peopleOf, QUESTION } from './support/people.ts'

export const agentcoreCallsPerTurn: Benchmark = {
  name: 'agentcore calls per turn',
  run: ({ say }) =>
    withStack(async (stack) => {
      const people = peopleOf(stack)
      const agentcore = createAgentcoreClient(stack)
      const peer = startPeer(peerEnvironment(stack))
      const person = await people.connected()
      const other = people.somebody()
      const callbackUrl = returnUrlOf(stack.app)
      /** Outside AgentCore Runtime the SDK leaves minting to the application, and caches no workload access token. */
      const peerTurn = async (id: string) => {
        const workloadIdentityToken = await agentcore.mint(other.username)
        return peer.accessToken({ id, workloadIdentityToken, callbackUrl })
      }
      try {
        const first = await peerTurn('consent')
        const returnUrl = await other.consentUpToReturn(await first.authorizationUrl)
        await agentcore.complete(returnUrl.searchParams.get('session_id') ?? '', other.username)
        await first.token

        const ours: number[] = []
        const theirs: number[] = []
        for (let run = 1; run <= 5; run++) {
          const calls = await countingCalls(stack)
          const { stream } = await person.ask(QUESTION)
          const answer = await stream.answer()
          if (!answer.includes(person.username)) throw new Error(`The turn answered ${answer}`)
          await (await peerTurn(String(run))).token
          ours.push((await calls('agent-workload')).length + (await calls('session-binding')).length)
          theirs.push((await calls('administrator')).length)
        }
        say(`ours ${ours.join(', ')}; peer ${theirs.join(', ')}`)
        return {
          unit: 'calls',
          ours,
          peer: {
            name: 'withAccessToken of bedrock-agentcore, and a workload access token minted for it',
            values: theirs,
          },
          floor: { name: 'GetResourceOauth2Token, once: only AgentCore stores tokens', values: [1] },
        }
      } finally {
        peer.stop()
      }
    }),
}
