import type { BenchStack } from '../support/bench-stack.ts'

interface Call {
  at: string
  operation: string
  /** The signing principal's ARN; null when no known key signed the call. */
  principal: string | null
}

/** The calls of one principal since the count began, among the last calls that the emulator keeps. */
export async function countingCalls(stack: BenchStack): Promise<(principal: string) => Promise<string[]>> {
  const read = async () => (await (await fetch(`${stack.agentcoreIdentity}/_emulator/calls`)).json()) as Call[]
  const before = (await read()).at(-1)?.at ?? ''
  return async (principal) =>
    (await read())
      .filter((call) => call.at > before && call.principal?.endsWith(`user/${principal}`))
      .map(({ operation }) => operation)
}
