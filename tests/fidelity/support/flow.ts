import { get } from 'node:http'
import {
  CompleteResourceTokenAuthCommand,
  GetResourceOauth2TokenCommand,
  type GetResourceOauth2TokenRequest,
  GetWorkloadAccessTokenForJWTCommand,
  GetWorkloadAccessTokenForUserIdCommand,
  type UserIdentifier,
} from '@aws-sdk/client-bedrock-agentcore'
import type { Subject } from './subject.ts'

/** What a call is sent with. */
type Caller = Pick<Subject, 'data'>

export const RETURN_URL = 'https://app.example/oauth2/session-binding'

/** The rejection as a value, so that its name, message and members can be compared at once. */
export async function refusal(call: Promise<unknown>) {
  try {
    await call
  } catch (error) {
    const { name, message, reason, fieldList, $metadata } = error as Error & {
      reason?: string
      fieldList?: { name: string; message: string }[]
      $metadata?: { httpStatusCode?: number }
    }
    return { name, message, reason, fieldList: fieldList ?? [], status: $metadata?.httpStatusCode }
  }
  throw new Error('The call was expected to be refused')
}

export async function mintForUserId({ data }: Caller, workloadName: string, userId: string) {
  const answer = await data.send(new GetWorkloadAccessTokenForUserIdCommand({ workloadName, userId }))
  return answer.workloadAccessToken as string
}

export async function mintForJwt({ data }: Caller, workloadName: string, userToken: string) {
  const answer = await data.send(new GetWorkloadAccessTokenForJWTCommand({ workloadName, userToken }))
  return answer.workloadAccessToken as string
}

/** GetResourceOauth2Token with what most tests have in common. */
export async function requestToken(
  { data }: Caller,
  input: Partial<GetResourceOauth2TokenRequest> &
    Pick<GetResourceOauth2TokenRequest, 'workloadIdentityToken' | 'resourceCredentialProviderName'>,
) {
  const { $metadata: _, ...answer } = await data.send(
    new GetResourceOauth2TokenCommand({
      scopes: ['read'],
      oauth2Flow: 'USER_FEDERATION',
      resourceOauth2ReturnUrl: RETURN_URL,
      ...input,
    }),
  )
  return answer
}

export function complete({ data }: Caller, sessionUri: string | undefined, userIdentifier: UserIdentifier) {
  return data.send(new CompleteResourceTokenAuthCommand({ sessionUri, userIdentifier }))
}

export type Hop = { status: number; location: string; body: string }

/** One request as a browser's navigation makes it; node:http, because fetch writes its own Sec-Fetch headers. */
export function navigate(url: string, headers: Record<string, string> = {}): Promise<Hop> {
  return new Promise((resolve, reject) => {
    get(url, { headers, agent: false }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (chunk) => {
        body += chunk
      })
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, location: response.headers.location ?? '', body }),
      )
    }).on('error', reject)
  })
}

/** AgentCore → vendor → AgentCore → the door of the application. Answers with the return URL as the browser got it. */
export async function consent(authorizationUrl: string | undefined): Promise<URL> {
  const toVendor = await navigate(authorizationUrl as string)
  const toCallback = await navigate(toVendor.location)
  const toApplication = await navigate(toCallback.location)
  if (!URL.canParse(toApplication.location)) throw new Error(`The callback answered ${toApplication.status}`)
  return new URL(toApplication.location)
}
