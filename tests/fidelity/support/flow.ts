import type { IncomingHttpHeaders } from 'node:http'
import {
  type Caller,
  complete,
  mintForJwt,
  mintForUserId,
  refusalOf,
  requestToken as requestTokenOf,
  type TokenInput,
} from '@agent-identity/operations/agentcore-calls'
import { HttpBrowser } from '../../support/http-browser.ts'

export { complete, mintForJwt, mintForUserId }

export const RETURN_URL = 'https://app.example/oauth2/session-binding'

export async function refusal(call: Promise<unknown>) {
  const refused = await refusalOf(call)
  if (!refused) throw new Error('The call was expected to be refused')
  return { ...refused, violations: violationsIn(refused.message) }
}

/** Members and constraints, from the message: `fieldList`, the model's member for them, is null (live/constraint-violation.json). */
const violationsIn = (message: string) =>
  message.split(/; (?=Value at ')/).flatMap((part) => {
    const [, name, violated] = /alue at '([^']+)'(?: failed to satisfy constraint)?: (.*)$/s.exec(part) ?? []
    return name === undefined || violated === undefined ? [] : [{ name, message: violated }]
  })

export const requestToken = (caller: Caller, input: TokenInput) =>
  requestTokenOf(caller, { resourceOauth2ReturnUrl: RETURN_URL, ...input })

export type Hop = { status: number; location: string; body: string; headers: IncomingHttpHeaders }

/** Keeps cookies and follows no redirect. */
export function openBrowser() {
  const browser = new HttpBrowser()
  return async (url: string, headers: Record<string, string> = {}): Promise<Hop> => {
    const answer = await browser.send(new URL(url), { headers })
    return { ...answer, location: answer.headers.location ?? '' }
  }
}

export const navigate = (url: string, headers: Record<string, string> = {}) => openBrowser()(url, headers)

/** @returns the return URL as the browser got it */
export async function consent(authorizationUrl: string | undefined, browser = openBrowser()): Promise<URL> {
  const toVendor = await browser(authorizationUrl as string)
  const toCallback = await browser(toVendor.location)
  const toApplication = await browser(toCallback.location)
  if (!URL.canParse(toApplication.location)) throw new Error(`The callback answered ${toApplication.status}`)
  return new URL(toApplication.location)
}
