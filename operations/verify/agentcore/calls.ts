import {
  CompleteResourceTokenAuthCommand,
  GetResourceOauth2TokenCommand,
  type GetResourceOauth2TokenRequest,
  GetWorkloadAccessTokenCommand,
  GetWorkloadAccessTokenForJWTCommand,
  GetWorkloadAccessTokenForUserIdCommand,
  type UserIdentifier,
} from '@aws-sdk/client-bedrock-agentcore'
import type { TemporaryResources } from './temporary-resources.ts'

export type Caller = Pick<TemporaryResources, 'data'>

export interface Refusal {
  name: string
  message: string
  status: number | undefined
}

/** @returns undefined when the call succeeds */
export async function refusalOf(call: Promise<unknown>): Promise<Refusal | undefined> {
  try {
    await call
    return undefined
  } catch (error) {
    const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } }
    return { name, message, status: $metadata?.httpStatusCode }
  }
}

export async function mintForUserId({ data }: Caller, workloadName: string, userId: string): Promise<string> {
  const answer = await data.send(new GetWorkloadAccessTokenForUserIdCommand({ workloadName, userId }))
  return answer.workloadAccessToken as string
}

export async function mintForJwt({ data }: Caller, workloadName: string, userToken: string): Promise<string> {
  const answer = await data.send(new GetWorkloadAccessTokenForJWTCommand({ workloadName, userToken }))
  return answer.workloadAccessToken as string
}

export async function mintForNobody({ data }: Caller, workloadName: string): Promise<string> {
  const answer = await data.send(new GetWorkloadAccessTokenCommand({ workloadName }))
  return answer.workloadAccessToken as string
}

export type TokenInput = Partial<GetResourceOauth2TokenRequest> &
  Pick<GetResourceOauth2TokenRequest, 'workloadIdentityToken' | 'resourceCredentialProviderName'>

export async function requestToken({ data }: Caller, input: TokenInput) {
  const { $metadata: _, ...answer } = await data.send(
    new GetResourceOauth2TokenCommand({ scopes: ['read'], oauth2Flow: 'USER_FEDERATION', ...input }),
  )
  return answer
}

export function complete({ data }: Caller, sessionUri: string | undefined, userIdentifier: UserIdentifier) {
  return data.send(new CompleteResourceTokenAuthCommand({ sessionUri, userIdentifier }))
}
