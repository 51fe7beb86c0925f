import type { IncomingHttpHeaders } from 'node:http'
import {
  CompleteResourceTokenAuthCommand,
  GetResourceOauth2TokenCommand,
  type GetResourceOauth2TokenRequest,
  GetWorkloadAccessTokenForJWTCommand,
  GetWorkloadAccessTokenForUserIdCommand,
  type UserIdentifier,
} from '@aws-sdk/client-bedrock-agentcore'
import { HttpBrowser } from '../../support/http-browser.ts'
import type { Subject } from './subject.ts'

/** What a call is sent with. */
type Caller = Pick<Subject, 'data'>

export const RETURN_URL = 'https://app.example/oauth2/session-binding'

/** The rejection as a value, so that its name, message and members can be compared at once. */
export async function refusal(call: Promise<unknown>) {
  try {
    await call
  } catch (error) {
    const { name, message, $metadata } = error as Error & {
      $metadata?: { httpStatusCode?: number }
    }
    return { name, message, violations: violationsIn(message), status: $metadata?.httpStatusCode }
  }
  throw new Error('The call was expected to be refused')
}

/** Places and constraints, from the sentence: the members that the model has for them are null on the live service. */
const violationsIn = (message: string) =>
  message.split(/; (?=Value at ')/).flatMap((part) => {
    const [, name, violated] = /alue at '([^']+)'(?: failed to satisfy constraint)?: (.*)$/s.exec(part) ?? []
    return name === undefined || violated === undefined ? [] : [{ name, message: violated }]
  })

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

export type Hop = { status: number; location: string; body: string; headers: IncomingHttpHeaders }

/** Visits addresses one by one, follows nothing, and keeps cookies: both of AgentCore's legs need the same browser. */
export function openBrowser() {
  const browser = new HttpBrowser()
  return async (url: string, headers: Record<string, string> = {}): Promise<Hop> => {
    const answer = await browser.send(new URL(url), { headers })
    return { ...answer, location: answer.headers.location ?? '' }
  }
}

/** One address in a browser that was nowhere before. */
export const navigate = (url: string, headers: Record<string, string> = {}) => openBrowser()(url, headers)

/** AgentCore → vendor → AgentCore → the door of the application. Answers with the return URL as the browser got it. */
export async function consent(authorizationUrl: string | undefined, browser = openBrowser()): Promise<URL> {
  const toVendor = await browser(authorizationUrl as string)
  const toCallback = await browser(toVendor.location)
  const toApplication = await browser(toCallback.location)
  if (!URL.canParse(toApplication.location)) throw new Error(`The callback answered ${toApplication.status}`)
  return new URL(toApplication.location)
}
