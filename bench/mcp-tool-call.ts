import { returnUrlOf } from '@agent-identity/contracts'
import { modernClient, rawCall } from '../tests/support/mcp.ts'
import { createAgentcoreClient } from './agentcore/agentcore-client.ts'
import { countingCalls } from './agentcore/calls.ts'
import { startPeer } from './agentcore/peer.ts'
import { peerEnvironment } from './agentcore/peer-environment.ts'
import type { Benchmark } from './report/benchmark.ts'
import { median, percentile } from './report/statistics.ts'
import { type BenchStack, withStack } from './support/bench-stack.ts'
import { peopleOf } from './support/people.ts'

const TOOL = 'list_repositories'

/** How much longer a tool call takes at the MCP server itself than the vendor's own answer, for a user who has connected the account. */
export const mcpToolCall: Benchmark = {
  name: 'mcp tool call',
  run: ({ quick, say }) =>
    withStack(
      async (stack) => {
        const people = peopleOf(stack)
        const person = await people.connected()
        const { accessToken } = await modernClient(stack, person)
        const ours = async () => {
          const { json } = await rawCall(atServer(stack), accessToken(), { name: TOOL, headers: hostOf(stack) })
          if (!JSON.stringify(json.result).includes(person.username))
            throw new Error(`It answered ${JSON.stringify(json)}`)
        }
        const peer = startPeer(peerEnvironment(stack))
        try {
          const { vendor, theirs, floor } = await withoutUs(stack, people.somebody(), peer)
          const calls = quick ? 40 : 300
          const runs = { ours: [] as number[], theirs: [] as number[], floor: [] as number[] }
          const whole: number[] = []
          let agentcoreCalls = 0
          for (let run = 0; run <= 5; run++) {
            const times = {
              ours: [] as number[],
              theirs: [] as number[],
              floor: [] as number[],
              vendor: [] as number[],
            }
            const count = await countingCalls(stack)
            for (let n = 0; n < calls; n++) {
              times.vendor.push(await timeOf(vendor))
              times.ours.push(await timeOf(ours))
              times.theirs.push(await timeOf(theirs))
              times.floor.push(await timeOf(floor))
            }
            agentcoreCalls = (await count('mcp-server')).length / calls
            // The first run warms up.
            if (run === 0) continue
            whole.push(...times.ours)
            runs.ours.push(median(times.ours) - median(times.vendor))
            runs.theirs.push(median(times.theirs))
            runs.floor.push(median(times.floor))
            say(
              `run ${run}: ours ${runs.ours.at(-1)?.toFixed(2)} ms above the vendor's, peer ${runs.theirs.at(-1)?.toFixed(2)}`,
            )
          }
          return {
            unit: 'ms above the vendor’s own answer',
            ours: runs.ours,
            peer: {
              name: 'withAccessToken of bedrock-agentcore, and a workload access token minted for it: without MCP',
              values: runs.theirs,
            },
            floor: { name: 'GetResourceOauth2Token alone', values: runs.floor },
            details: [
              { what: 'AgentCore calls per tool call', value: agentcoreCalls, unit: '' },
              { what: 'the whole call, p50', value: percentile(whole, 50), unit: 'ms' },
              { what: 'the whole call, p99', value: percentile(whole, 99), unit: 'ms' },
            ],
          }
        } finally {
          peer.stop()
        }
      },
      { mcp: true },
    ),
}

async function withoutUs(
  stack: BenchStack,
  somebody: ReturnType<ReturnType<typeof peopleOf>['somebody']>,
  peer: ReturnType<typeof startPeer>,
) {
  const agentcore = createAgentcoreClient(stack)
  const callbackUrl = returnUrlOf(stack.app)
  let asked = 0
  const theirs = async () => {
    const workloadIdentityToken = await agentcore.mint(somebody.username)
    return peer.accessToken({ id: String(asked++), workloadIdentityToken, callbackUrl })
  }
  const first = await theirs()
  const returnUrl = await somebody.consentUpToReturn(await first.authorizationUrl)
  await agentcore.complete(returnUrl.searchParams.get('session_id') ?? '', somebody.username)
  await first.token
  const workloadAccessToken = await agentcore.mint(somebody.username)
  const { accessToken } = await agentcore.getToken(workloadAccessToken)
  const { apiUrl } = JSON.parse(stack.environments['agent-workload'].PROVIDERS ?? '{}').github
  return {
    async vendor() {
      const answer = await fetch(`${apiUrl}/user/repos?sort=pushed&per_page=50`, {
        headers: { authorization: `Bearer ${accessToken}` },
      })
      if (!answer.ok) throw new Error(`The vendor answered ${answer.status}`)
      await answer.arrayBuffer()
    },
    theirs: async () => (await theirs()).token,
    floor: () => agentcore.getToken(workloadAccessToken),
  }
}

/** Leaves out the load balancer. */
const atServer = (stack: BenchStack): BenchStack => ({
  ...stack,
  mcp: `${stack.processes['mcp-server']?.[0]?.url}/mcp`,
})
const hostOf = ({ app }: BenchStack) => ({ host: new URL(app).host })

async function timeOf(act: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await act()
  return performance.now() - startedAt
}
