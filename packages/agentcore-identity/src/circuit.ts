import { type Clock, type Logger, systemClock } from '@agent-identity/service-runtime'
import type { AwsAnswer } from './aws-client.ts'
import type { AwsFailure } from './aws-failure.ts'

/** Consecutive calls, each after the SDK's own attempts. */
const FAILURES = 4
const OPEN_MS = 5_000
/** Shorter than the period of the alarm `AgentCoreAway`. */
const SAY_AGAIN_MS = 60_000

interface CircuitSettings {
  log: Pick<Logger, 'warn'>
  clock?: Clock | undefined
}

/** A circuit breaker: after failures in a row, calls fail at once, except for a probe every few seconds. */
export function createCircuit({ log, clock = systemClock, about = {} }: CircuitSettings & { about?: object }) {
  let failures = 0
  let openUntil = 0
  let probing = false
  let sayAgainAt = 0

  function learn(failure: AwsFailure | undefined): void {
    if (!failure || !isDown(failure)) {
      failures = 0
      sayAgainAt = 0
      return
    }
    failures += 1
    if (failures < FAILURES) return
    if (clock() >= sayAgainAt) {
      log.warn({ ...about, exception: failure.exception }, 'AgentCore Identity does not answer')
      sayAgainAt = clock() + SAY_AGAIN_MS
    }
    openUntil = clock() + OPEN_MS
  }

  return {
    async call<Reply>(send: () => Promise<AwsAnswer<Reply>>): Promise<AwsAnswer<Reply>> {
      const isOpen = failures >= FAILURES
      if (isOpen && (probing || clock() < openUntil)) return NOT_SENT
      probing = isOpen
      try {
        const answer = await send()
        learn(answer.ok ? undefined : answer.failure)
        return answer
      } finally {
        if (isOpen) probing = false
      }
    },
  }
}

/** A call for a token may end without an answer because its provider's authorization server is slow: each provider has its own circuit. */
export function createCircuits(settings: CircuitSettings) {
  const providers = new Map<string, ReturnType<typeof createCircuit>>()
  return {
    minting: createCircuit(settings),
    providerOf(credentialProvider: string) {
      const circuit = providers.get(credentialProvider) ?? createCircuit({ ...settings, about: { credentialProvider } })
      providers.set(credentialProvider, circuit)
      return circuit
    },
  }
}

const isDown = ({ kind }: AwsFailure) => kind === 'unknown' || kind === 'not-accepted'

const NOT_SENT = {
  ok: false,
  failure: { kind: 'not-accepted', exception: 'CircuitOpen', status: undefined, awsRequestId: undefined },
} as const satisfies AwsAnswer<never>
