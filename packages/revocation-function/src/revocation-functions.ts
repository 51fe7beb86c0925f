import { type ProviderId, VENDOR_REVOCATIONS, type VendorRevocation } from '@agent-identity/contracts'
import type { Logger } from '@agent-identity/service-runtime'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { z } from 'zod'

export interface RevocationFunctions {
  has(provider: ProviderId): boolean
  /** Never rejects: without a readable answer the outcome is `unavailable`. */
  revoke(provider: ProviderId, accessToken: string): Promise<VendorRevocation>
}

const Answer = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text)
    } catch {
      context.addIssue('not JSON')
      return z.NEVER
    }
  })
  .pipe(z.object({ outcome: z.enum(VENDOR_REVOCATIONS) }))

/** @param settings.functions by provider: the function's name at AWS Lambda */
export function createRevocationFunctions(settings: {
  region: string
  functions: Readonly<Record<ProviderId, string>>
  timeoutMs: number
  log: Pick<Logger, 'warn'>
  /** Replaces the endpoint and the credentials that the SDK finds. */
  aws?: { endpoint: string; credentials: { accessKeyId: string; secretAccessKey: string } }
}): RevocationFunctions {
  const { region, functions, timeoutMs, log, aws } = settings
  // One attempt: a revocation without an answer is tried again anyway.
  const client = new LambdaClient({ region, maxAttempts: 1, ...aws })
  return {
    has: (provider) => Object.hasOwn(functions, provider),
    async revoke(provider, accessToken) {
      try {
        const { Payload, FunctionError } = await client.send(
          new InvokeCommand({ FunctionName: functions[provider], Payload: JSON.stringify({ accessToken }) }),
          { abortSignal: AbortSignal.timeout(timeoutMs) },
        )
        const answer = Answer.safeParse(new TextDecoder().decode(Payload))
        if (FunctionError === undefined && answer.success) return answer.data.outcome
        log.warn({ provider, error: FunctionError ?? 'UnreadableAnswer' }, 'a revocation function failed')
      } catch (error) {
        // The SDK's error may hold the request, and with it the token.
        log.warn(
          { provider, error: error instanceof Error ? error.name : 'Error' },
          'a revocation function did not answer',
        )
      }
      return 'unavailable'
    },
  }
}
