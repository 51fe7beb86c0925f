import { setTimeout as pause } from 'node:timers/promises'
import type { IdentityArtifact } from '@agent-identity/contracts'
import type { Logger } from '@agent-identity/service-runtime'
import { type AwsClientSettings, createAwsClient } from './aws-client.ts'
import type { AwsFailureKind } from './aws-failure.ts'

/** What session binding may do at AgentCore: confirm that who consented is who asked (step 9). Nothing else. */
export interface SessionBindingIdentity {
  /** Takes two attempts and {@link THROTTLED_PAUSE_MS} at the most. */
  completeAuthorization(request: { sessionUri: string; artifact: IdentityArtifact }): Promise<CompletionOutcome>
}

export type CompletionOutcome = (
  | { outcome: 'completed' }
  /** AgentCore looked at it and said no: wrong user, expired, unknown, not allowed. It does not say which. */
  | { outcome: 'refused' }
  /** Throttled twice, or it never reached AgentCore. Nothing has happened there. */
  | { outcome: 'not-executed' }
  /** Nobody knows: timeout, reset, 5xx, or a reply that cannot be read. The one way to find out is to ask for the token. */
  | { outcome: 'unknown' }
) & { awsRequestId?: string }

export interface SessionBindingIdentitySettings extends AwsClientSettings {
  log: Pick<Logger, 'warn'>
}

/** Before the one retry of our own, in milliseconds. */
const THROTTLED_PAUSE_MS = 300

/**
 * The SDK repeats a POST that was reset or answered with 5xx, and `CompleteResourceTokenAuth` is no exception: a first
 * call that was executed and whose reply was lost would come back as a refusal of the second. So its retries are off, and
 * the one retry of ours follows the one failure that says "not executed".
 */
export function createSessionBindingIdentity(settings: SessionBindingIdentitySettings): SessionBindingIdentity {
  const aws = createAwsClient(settings, 'once')
  const { log } = settings

  return {
    async completeAuthorization({ sessionUri, artifact }) {
      const userIdentifier = artifact.kind === 'jwt' ? { userToken: artifact.userToken } : { userId: artifact.userId }
      let answer = await aws.completeResourceTokenAuth(sessionUri, userIdentifier)
      if (!answer.ok && answer.failure.kind === 'throttled') {
        await pause(THROTTLED_PAUSE_MS)
        answer = await aws.completeResourceTokenAuth(sessionUri, userIdentifier)
      }
      const awsRequestId = answer.ok ? answer.awsRequestId : answer.failure.awsRequestId
      const requestId = awsRequestId === undefined ? {} : { awsRequestId }
      if (answer.ok) return { outcome: 'completed', ...requestId }
      log.warn({ operation: 'CompleteResourceTokenAuth', ...answer.failure }, 'AgentCore Identity did not complete')
      return { outcome: OUTCOMES[answer.failure.kind], ...requestId }
    },
  }
}

const OUTCOMES = {
  unauthorized: 'refused',
  refused: 'refused',
  throttled: 'not-executed',
  'not-accepted': 'not-executed',
  unknown: 'unknown',
} as const satisfies Record<AwsFailureKind, CompletionOutcome['outcome']>
