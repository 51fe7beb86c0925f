/**
 * The floor: the agent without Redis and AgentCore, with the conversation and the access token in memory.
 *
 * Receives `{ url, accessToken, turns, concurrency }`, and sends the CPU time of the turns.
 */
import { accessThat, plainMemory, runTurn } from '../../services/agent-workload/src/agent/test-support/agent-harness.ts'
import { QUESTION } from '../support/people.ts'

export interface AgentAloneRequest {
  /** The vendor's URL. */
  url: string
  accessToken: string
  turns: number
  concurrency: number
}
export interface AgentAloneAnswer {
  cpuSeconds: number
}

async function oneTurn(url: string, accessToken: string): Promise<void> {
  const access = accessThat({ github: { outcome: 'token', accessToken } })
  let words = ''
  for await (const event of runTurn({ url, access, memory: plainMemory(), offered: ['github'] }, QUESTION)) {
    if (event.type === 'text') words += event.delta
    if (event.type === 'failed') throw new Error(`The agent ended with ${event.code}`)
  }
  if (!words.includes('repo-of-')) throw new Error(`The agent answered ${words}`)
}

process.on('message', async ({ url, accessToken, turns, concurrency }: AgentAloneRequest) => {
  const before = process.cpuUsage()
  const left = Array.from({ length: turns }).values()
  const worker = async () => {
    for (const _ of left) await oneTurn(url, accessToken)
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
  const { user, system } = process.cpuUsage(before)
  process.send?.({ cpuSeconds: (user + system) / 1e6 } satisfies AgentAloneAnswer)
})
process.on('disconnect', () => process.exit(0))
