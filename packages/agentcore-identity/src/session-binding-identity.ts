import { setTimeout as pause } from 'node:timers/promises'
import type { IdentityArtifact } from '@agent-identity/contracts'
import type { Logger } from '@agent-identity/service-runtime'
import { type AwsClientSettings, createAwsClient } from './aws-client.ts'
import type { AwsFailureKind } from './aws-failure.ts'

/** AgentCore's part in step 9 of docs/flow.md. */
export interface SessionBindingIdentity {
  /** Takes at most twice `timeoutMs` and {@link THROTTLED_PAUSE_MS}. */
  completeAuthorization(request: { sessionUri: string; artifact: IdentityArtifact }): Promise<CompletionOutcome>
}

export type CompletionOutcome = (
  | { outcome: 'completed' }
  | { outcome: 'refused' }
  | { outcome: 'not-executed' }
  /** The completion may have been executed. */
  | { outcome: 'unknown' }
) & { awsRequestId?: string | undefined }

export interface SessionBindingIdentitySettings extends AwsClientSettings {
  log: Pick<Logger, 'warn'>
}

const THROTTLED_PAUSE_MS = 300

/**
 * The SDK's retries are off: if a call was executed and its reply lost, AgentCore may refuse the repeated one. Our one retry follows a throttled
 * call, which was not executed.
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
      if (answer.ok) return { outcome: 'completed', awsRequestId }
      log.warn({ operation: 'CompleteResourceTokenAuth', ...answer.failure }, 'AgentCore Identity did not complete')
      return { outcome: OUTCOMES[answer.failure.kind], awsRequestId }
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
