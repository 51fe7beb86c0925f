import type { IdentityArtifact } from '@agent-identity/contracts'
import type { Clock, Logger } from '@agent-identity/service-runtime'
import {
  type AwsAnswer,
  type AwsClientSettings,
  createAwsClient,
  type GetResourceOauth2TokenCommandInput,
  type GetResourceOauth2TokenCommandOutput,
} from './aws-client.ts'
import type { AwsFailure } from './aws-failure.ts'
import { createCircuits } from './circuit.ts'
import { jwtExpiry } from './jwt-expiry.ts'

/** Steps 3, 4 and 10 of docs/flow.md. */
export interface WorkloadIdentity {
  mintWorkloadAccessToken(artifact: IdentityArtifact): Promise<MintOutcome>
  /** The token gives no access to any user's accounts. */
  mintWithoutUser(): Promise<MintOutcome>
  requestAccessToken(request: AccessTokenRequest): Promise<AccessTokenOutcome>
  requestWithoutConsent(request: WithoutConsentRequest): Promise<WithoutConsentOutcome>
}

export interface AccessTokenRequest {
  workloadAccessToken: string
  credentialProvider: string
  /** Part of the token vault's lookup key. */
  scopes: readonly string[]
  /** Part of the token vault's lookup key. */
  customParameters: Readonly<Record<string, string>>
  returnUrl: string
  state: string
  /** AWS documents that AgentCore then deletes the refresh token, and returns no token. */
  forceAuthentication?: boolean
  /** The authorization session to query. */
  sessionUri?: string
}

export interface WithoutConsentRequest {
  /** For `on-behalf-of`, minted with the user's JWT; for the other kinds, without a user. */
  workloadAccessToken: string
  credential: 'on-behalf-of' | 'machine' | 'api-key'
  credentialProvider: string
  /** Not sent for an API key. */
  scopes: readonly string[]
  audiences?: readonly string[] | undefined
  /** AgentCore must not answer with a cached token. Not sent for an API key. */
  forceAuthentication?: boolean
}

type WithRequestId<Outcome> = Outcome & { awsRequestId?: string | undefined }

export type MintOutcome = WithRequestId<
  | { outcome: 'minted'; workloadAccessToken: string }
  /** AgentCore does not accept the identity artifact or the request, or this workload may not mint. */
  | { outcome: 'refused' }
  | { outcome: 'unavailable' }
>

export type AccessTokenOutcome = WithRequestId<
  | { outcome: 'token'; accessToken: string }
  | { outcome: 'authorization-required'; authorizationUrl: string; sessionUri: string }
  | { outcome: 'in-progress' }
  | { outcome: 'failed' }
  /** It may have expired. */
  | { outcome: 'workload-access-token-rejected' }
  | { outcome: 'refused' }
  | { outcome: 'unavailable' }
>

export type WithoutConsentOutcome = WithRequestId<
  /** `endsAt`: Unix milliseconds, read from the token if it is a JWT. AgentCore reports no expiry. */
  | { outcome: 'token'; accessToken: string; endsAt?: number | undefined }
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
  const { minting, providerOf } = createCircuits(settings)

  function failed(operation: string, failure: AwsFailure, about: Readonly<Record<string, string>> = {}) {
    log.warn({ operation, ...about, ...failure }, 'AgentCore Identity did not answer with what was asked for')
    return { awsRequestId: failure.awsRequestId }
  }
  function unusable(operation: string, awsRequestId: string | undefined) {
    log.warn({ operation, awsRequestId }, 'AgentCore Identity sent a reply without a result')
    return { outcome: 'unavailable', awsRequestId } as const
  }

  function minted(operation: string, answer: AwsAnswer<{ workloadAccessToken: string | undefined }>): MintOutcome {
    if (!answer.ok) {
      const outcome = isRefusal(answer.failure) ? 'refused' : 'unavailable'
      return { outcome, ...failed(operation, answer.failure) }
    }
    const { workloadAccessToken } = answer.reply
    if (!workloadAccessToken) return unusable(operation, answer.awsRequestId)
    return { outcome: 'minted', workloadAccessToken, awsRequestId: answer.awsRequestId }
  }

  return {
    async mintWorkloadAccessToken(artifact) {
      const operation = artifact.kind === 'jwt' ? 'GetWorkloadAccessTokenForJWT' : 'GetWorkloadAccessTokenForUserId'
      const answer = await minting.call(() =>
        artifact.kind === 'jwt'
          ? aws.mintForJwt(workloadName, artifact.userToken)
          : aws.mintForUserId(workloadName, artifact.userId),
      )
      return minted(operation, answer)
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
        // An empty map might be another vault entry (undocumented).
        ...(Object.keys(request.customParameters).length > 0
          ? { customParameters: { ...request.customParameters } }
          : {}),
        forceAuthentication: request.forceAuthentication,
        sessionUri: request.sessionUri,
      } satisfies GetResourceOauth2TokenCommandInput
      const answer = await providerOf(request.credentialProvider).call(() => aws.getResourceOauth2Token(input))
      if (!answer.ok) {
        return { outcome: refusalOf(answer.failure), ...failed(operation, answer.failure) }
      }
      const outcome = readReply(answer.reply, request.sessionUri)
      if (!outcome) return unusable(operation, answer.awsRequestId)
      return { ...outcome, awsRequestId: answer.awsRequestId }
    },

    async mintWithoutUser() {
      const answer = await minting.call(() => aws.mintWithoutUser(workloadName))
      return minted('GetWorkloadAccessToken', answer)
    },

    async requestWithoutConsent(request) {
      const { workloadAccessToken, credential, credentialProvider } = request
      const operation = credential === 'api-key' ? 'GetResourceApiKey' : 'GetResourceOauth2Token'
      const answer = await providerOf(credentialProvider).call<{
        apiKey?: string | undefined
        accessToken?: string | undefined
      }>(() =>
        credential === 'api-key'
          ? aws.getResourceApiKey(workloadAccessToken, credentialProvider)
          : aws.getResourceOauth2Token(withoutConsentInput(request, FLOWS[credential])),
      )
      if (!answer.ok) {
        const awsRequestId = failed(operation, answer.failure, { credential, credentialProvider })
        return { outcome: refusalOf(answer.failure), ...awsRequestId }
      }
      const accessToken = credential === 'api-key' ? answer.reply.apiKey : answer.reply.accessToken
      if (!accessToken) return unusable(operation, answer.awsRequestId)
      const endsAt = credential === 'api-key' ? undefined : jwtExpiry(accessToken)
      return { outcome: 'token', accessToken, endsAt, awsRequestId: answer.awsRequestId }
    },
  }
}

const FLOWS = { 'on-behalf-of': 'ON_BEHALF_OF_TOKEN_EXCHANGE', machine: 'M2M' } as const

const withoutConsentInput = (
  { workloadAccessToken, credentialProvider, scopes, audiences = [], forceAuthentication }: WithoutConsentRequest,
  oauth2Flow: (typeof FLOWS)[keyof typeof FLOWS],
): GetResourceOauth2TokenCommandInput => ({
  workloadIdentityToken: workloadAccessToken,
  resourceCredentialProviderName: credentialProvider,
  scopes: [...scopes],
  oauth2Flow,
  ...(audiences.length > 0 ? { audiences: [...audiences] } : {}),
  ...(forceAuthentication ? { forceAuthentication: true } : {}),
})

const isRefusal = (failure: AwsFailure) => failure.kind === 'refused' || failure.kind === 'unauthorized'

const refusalOf = ({ kind }: AwsFailure) =>
  kind === 'unauthorized' ? 'workload-access-token-rejected' : kind === 'refused' ? 'refused' : 'unavailable'

/** It is not documented whether the reply to a query repeats the URL: the status of the queried session is read before the URL. */
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
