import { setTimeout as delay } from 'node:timers/promises'
import { returnUrlOf } from '@agent-identity/contracts'
import { type AgentcoreClient, createAgentcoreClient } from './agentcore/agentcore-client.ts'
import { type Peer, startPeer } from './agentcore/peer.ts'
import { peerEnvironment } from './agentcore/peer-environment.ts'
import { createSameCalls, type SameCalls } from './agentcore/same-calls.ts'
import type { Benchmark } from './report/benchmark.ts'
import { median, percentile } from './report/statistics.ts'
import { type BenchStack, withStack } from './support/bench-stack.ts'
import { peopleOf, QUESTION } from './support/people.ts'

type People = ReturnType<typeof peopleOf>

const POLLING_MS = 5_000
/** Runs of ours and of the floor for each run of the peer, which takes seconds. */
const PER_ROUND = 4

export const consentToResume: Benchmark = {
  name: 'consent to resume',
  run: ({ quick, say }) =>
    withStack(async (stack) => {
      const people = peopleOf(stack)
      const agentcore = createAgentcoreClient(stack)
      const calls = createSameCalls(stack)
      const peer = startPeer(peerEnvironment(stack))
      const times = { ours: [] as number[], peer: [] as number[], floor: [] as number[] }
      try {
        // Warm-up.
        for (let n = 0; n < PER_ROUND; n++) {
          await ours(people)
          await floor(stack, people, calls)
        }
        const rounds = quick ? 5 : 10
        for (let round = 0; round < rounds; round++) {
          for (let n = 0; n < PER_ROUND; n++) {
            times.ours.push(await ours(people))
            times.floor.push(await floor(stack, people, calls))
          }
          // One consent falls into each part of the peer's polling interval, in a permuted order.
          const phase = (((round * 7) % rounds) + Math.random()) / rounds
          times.peer.push(await polled(stack, people, agentcore, peer, phase * POLLING_MS))
          const last = Object.entries(times).map(([name, values]) => `${name} ${values.at(-1)?.toFixed(1)} ms`)
          say(`round ${round + 1} of ${rounds}: ${last.join(', ')}`)
        }
      } finally {
        peer.stop()
      }
      return {
        unit: 'ms',
        ours: times.ours,
        peer: { name: 'withAccessToken of bedrock-agentcore, which polls every 5 s', values: times.peer },
        floor: {
          name: 'CompleteResourceTokenAuth, one Redis publish and GetResourceOauth2Token, one after the other',
          values: times.floor,
        },
        details: [
          {
            what: 'ours above the floor',
            value: median(times.ours.map((ms, n) => ms - (times.floor[n] ?? 0))),
            unit: 'ms',
          },
          ...Object.entries(times).map(([name, values]) => ({
            what: `${name}, p95`,
            value: percentile(values, 95),
            unit: 'ms',
          })),
        ],
      }
    }),
}

async function consented(people: People) {
  const person = await people.signedIn()
  const { stream } = await person.ask(QUESTION)
  const { data } = await stream.next('authorization_required')
  const returnUrl = await person.consentUpToReturn(data.startUrl)
  return { person, stream, returnUrl }
}

/** From the return to the event `authorization_completed`. */
async function ours(people: People): Promise<number> {
  const { person, stream, returnUrl } = await consented(people)
  const before = [...stream.events]
  const startedAt = performance.now()
  const page = person.return(returnUrl)
  await stream.next('authorization_completed', before)
  const ms = performance.now() - startedAt
  if ((await page).status !== 200) throw new Error(`The return was answered ${(await page).status}`)
  await stream.answer()
  return ms
}

/** AgentCore's two calls, and between them a message in Redis. */
async function floor(stack: BenchStack, people: People, calls: SameCalls): Promise<number> {
  const { stream, returnUrl } = await consented(people)
  stream.close()
  const { userToken, entry } = await calls.startOf(returnUrl)
  const workloadAccessToken = await calls.mint(userToken)
  const startedAt = performance.now()
  await calls.complete(sessionUriOf(returnUrl), userToken)
  await stack.redisClient.publish('bench', returnUrl.href)
  const { accessToken } = await calls.getToken(workloadAccessToken, entry)
  const ms = performance.now() - startedAt
  if (!accessToken) throw new Error('The floor got no token')
  return ms
}

/** The application completes the binding itself; then it waits for the SDK's next poll. */
async function polled(
  stack: BenchStack,
  people: People,
  agentcore: AgentcoreClient,
  peer: Peer,
  phaseMs: number,
): Promise<number> {
  const person = people.somebody()
  const workloadIdentityToken = await agentcore.mint(person.username)
  const callbackUrl = returnUrlOf(stack.app)
  const { authorizationUrl, token } = peer.accessToken({ id: person.username, workloadIdentityToken, callbackUrl })
  const startUrl = await authorizationUrl
  const pollingSince = performance.now()
  const sessionUri = sessionUriOf(await person.consentUpToReturn(startUrl))
  await delay(Math.max(0, phaseMs - (performance.now() - pollingSince)))
  const startedAt = performance.now()
  await agentcore.complete(sessionUri, person.username)
  await token
  return performance.now() - startedAt
}

const sessionUriOf = (returnUrl: URL) => returnUrl.searchParams.get('session_id') ?? ''
