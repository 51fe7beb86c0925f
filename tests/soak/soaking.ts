import { afterEach, jest } from '@jest/globals'
import type { Count } from '../resilience/support/counts.ts'
import { FAULTED_STACK, people } from '../resilience/support/flows.ts'
import { replicasOf } from '../resilience/support/replicas.ts'
import { startStackBehindProxies } from '../resilience/support/stack-behind-proxies.ts'
import { startStackOfItsOwn } from '../support/stack-of-its-own.ts'
import { config } from './config.ts'

jest.setTimeout(60 * 60_000)

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

export function stopAfterwards<Started extends { stop(): Promise<void> }>(started: Started): Started {
  stops.push(() => started.stop())
  return started
}

export async function onOneStack(flows: number, environment: Readonly<Record<string, string>> = {}) {
  const more = { extraUsers: people(flows) }
  const stack = stopAfterwards(await startStackOfItsOwn({ ...FAULTED_STACK, ...environment }, more))
  return { stack, replicas: stopAfterwards(replicasOf(stack)) }
}

export const behindProxies = async (flows: number) => stopAfterwards(await startStackBehindProxies(flows))

export function tell(what: string, { why, ...count }: Count, more: object = {}): void {
  process.stdout.write(`${what}: ${JSON.stringify({ seed: config.seed, ...count, ...more })}\n${why.join('\n')}\n`)
}

export const nothingWrong = { lost: 0, duplicated: 0, wrong: 0 }
