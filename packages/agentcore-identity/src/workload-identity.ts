import type { IdentityArtifact } from '@agent-identity/contracts'
import type { Clock, Logger } from '@agent-identity/service-runtime'
import {
  type AwsClientSettings,
  createAwsClient,
  type GetResourceOauth2TokenCommandInput,
  type GetResourceOauth2TokenCommandOutput,
} from './aws-client.ts'
import type { AwsFailure } from './aws-failure.ts'
import { createCircuit } from './circuit.ts'

/** What the agent workload may do at AgentCore: name its user, and ask for that user's access tokens (steps 3, 4, 10). */
export interface WorkloadIdentity {
  mintWorkloadAccessToken(artifact: IdentityArtifact): Promise<MintOutcome>
  requestAccessToken(request: AccessTokenRequest): Promise<AccessTokenOutcome>
}

export interface AccessTokenRequest {
  workloadAccessToken: string
  /** AgentCore's name of it. */
  credentialProvider: string
  /** Take part in the token vault's lookup: another set is another entry. */
  scopes: readonly string[]
  /** Take part in the token vault's lookup, too. */
  customParameters: Readonly<Record<string, string>>
  /** Ours; AgentCore wants it with every request, also with one that finds a token. */
  returnUrl: string
  /** Comes back to the return URL, should the user have to consent. */
  state: string
  /** Start over: AgentCore forgets the refresh token and never answers with a token. */
  forceAuthentication?: boolean
  /** Asks about an authorization session that is under way. */
  sessionUri?: string
}

type WithRequestId<Outcome> = Outcome & { awsRequestId?: string }

export type MintOutcome = WithRequestId<
  | { outcome: 'minted'; workloadAccessToken: string }
  /** AgentCore does not accept the identity artifact, or this workload may not mint. */
  | { outcome: 'refused' }
  /** No answer, or none that can be used. */
  | { outcome: 'unavailable' }
>

export type AccessTokenOutcome = WithRequestId<
  | { outcome: 'token'; accessToken: string }
  | { outcome: 'authorization-required'; authorizationUrl: string; sessionUri: string }
  /** The authorization session that was asked about has not come to its end. */
  | { outcome: 'in-progress' }
  /** The authorization session that was asked about has failed. */
  | { outcome: 'failed' }
  /** Expired, most likely: drop it and mint another. */
  | { outcome: 'workload-access-token-rejected' }
  | { outcome: 'refused' }
  | { outcome: 'unavailable' }
>

export interface WorkloadIdentitySettings extends AwsClientSettings {
  workloadName: string
  log: Pick<Logger, 'warn'>
  clock?: Clock
}

export function createWorkloadIdentity(settings: WorkloadIdentitySettings): WorkloadIdentity {
  const { workloadName, log } = settings
  const aws = createAwsClient(settings, 'read')
  const circuit = createCircuit(settings)

  function failed(operation: string, failure: AwsFailure) {
    log.warn({ operation, ...failure }, 'AgentCore Identity did not answer with what was asked for')
    return withRequestId(failure.awsRequestId)
  }
  function unusable(operation: string, awsRequestId: string | undefined) {
    log.warn({ operation, awsRequestId }, 'AgentCore Identity answered with a reply that has nothing in it')
    return { outcome: 'unavailable', ...withRequestId(awsRequestId) } as const
  }

  return {
    async mintWorkloadAccessToken(artifact) {
      const operation = artifact.kind === 'jwt' ? 'GetWorkloadAccessTokenForJWT' : 'GetWorkloadAccessTokenForUserId'
      const answer = await circuit.call(() =>
        artifact.kind === 'jwt'
          ? aws.mintForJwt(workloadName, artifact.userToken)
          : aws.mintForUserId(workloadName, artifact.userId),
      )
      if (!answer.ok) {
        const outcome = isRefusal(answer.failure) ? 'refused' : 'unavailable'
        return { outcome, ...failed(operation, answer.failure) }
      }
      const { workloadAccessToken } = answer.reply
      if (!workloadAccessToken) return unusable(operation, answer.awsRequestId)
      return { outcome: 'minted', workloadAccessToken, ...withRequestId(answer.awsRequestId) }
    },

    async requestAccessToken(request) {
      const operation = 'GetResourceOauth2Token'
      const input = {
        workloadIdentityToken: request.workloadAccessToken,
        resourceCredentialProviderName: request.credentialProvider,
        scopes: [...request.scopes],
        oauth2Flow: 'USER_FEDERATION',
        resourceOauth2ReturnUrl: request.returnUrl,
        customState: request.state,
        // An empty map might not be the entry that no map is (undocumented); a provider without parameters sends none.
        ...(Object.keys(request.customParameters).length > 0
          ? { customParameters: { ...request.customParameters } }
          : {}),
        ...(request.forceAuthentication === undefined ? {} : { forceAuthentication: request.forceAuthentication }),
        ...(request.sessionUri === undefined ? {} : { sessionUri: request.sessionUri }),
      } satisfies GetResourceOauth2TokenCommandInput
      const answer = await circuit.call(() => aws.getResourceOauth2Token(input))
      if (!answer.ok) {
        const { kind } = answer.failure
        const outcome =
          kind === 'unauthorized' ? 'workload-access-token-rejected' : kind === 'refused' ? 'refused' : 'unavailable'
        return { outcome, ...failed(operation, answer.failure) }
      }
      const outcome = readReply(answer.reply, request.sessionUri)
      if (!outcome) return unusable(operation, answer.awsRequestId)
      return { ...outcome, ...withRequestId(answer.awsRequestId) }
    },
  }
}

const isRefusal = (failure: AwsFailure) => failure.kind === 'refused' || failure.kind === 'unauthorized'

const withRequestId = (awsRequestId: string | undefined) => (awsRequestId === undefined ? {} : { awsRequestId })

/**
 * There is no status for success: a token in the reply is the success. A new authorization comes with its URL; whether a
 * question about one under way repeats the URL is not documented, so there its status decides first.
 */
function readReply(
  { accessToken, authorizationUrl, sessionUri, sessionStatus }: GetResourceOauth2TokenCommandOutput,
  askedAbout: string | undefined,
): AccessTokenOutcome | undefined {
  if (accessToken) return { outcome: 'token', accessToken }
  if (sessionStatus === 'FAILED') return { outcome: 'failed' }
  const sameSession = askedAbout !== undefined && (sessionUri === undefined || sessionUri === askedAbout)
  if (sameSession && sessionStatus === 'IN_PROGRESS') return { outcome: 'in-progress' }
  if (authorizationUrl && sessionUri) return { outcome: 'authorization-required', authorizationUrl, sessionUri }
  return undefined
}
