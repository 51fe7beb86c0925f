import { randomUUID } from 'node:crypto'
import { mintForUserId, type Refusal, requestToken, type TokenInput } from '../agentcore/calls.ts'
import { CookieHolder, type Hop } from '../agentcore/navigate.ts'
import type { Trial } from './trial.ts'

/** RFC 2606: the domain has no owner, and no browser reaches it. */
export const NOWHERE = 'agent-identity-verify.invalid'
export const RETURN_URL = `https://${NOWHERE}/return`

/** The provider's authorization server need not exist: without a discovery URL, AgentCore contacts it only for tokens. */
export async function makeSurroundings(trial: Trial, returnUrls: string[] = [RETURN_URL]) {
  const { service, hide } = trial
  const { name: workload = '' } = await service.createIdentity({ allowedResourceOauth2ReturnUrls: returnUrls })
  const provider = await service.createOauth2Provider({
    credentialProviderVendor: 'CustomOauth2',
    oauth2ProviderConfigInput: {
      customOauth2ProviderConfig: {
        clientId: 'client',
        clientSecret: 'secret',
        oauthDiscovery: {
          authorizationServerMetadata: {
            issuer: `https://${NOWHERE}`,
            authorizationEndpoint: `https://${NOWHERE}/authorize`,
            tokenEndpoint: `https://${NOWHERE}/token`,
          },
        },
      },
    },
  })
  hide(workload, 'identity')
  hide(provider.name, 'provider')
  return { workload, provider: provider.name ?? '', callbackUrl: provider.callbackUrl ?? '', created: provider }
}

export type Surroundings = Awaited<ReturnType<typeof makeSurroundings>>

export async function ask(
  trial: Trial,
  { workload, provider }: Pick<Surroundings, 'workload' | 'provider'>,
  more: object = {},
) {
  const userId = randomUUID()
  const workloadIdentityToken = await mintForUserId(trial.service, workload, userId)
  const request: TokenInput = {
    workloadIdentityToken,
    resourceCredentialProviderName: provider,
    resourceOauth2ReturnUrl: RETURN_URL,
    ...more,
  }
  const answer = await requestToken(trial.service, request)
  trial.hide(workloadIdentityToken, 'token')
  trial.hide(answer.sessionUri, 'session URI')
  return { userId, request, authorizationUrl: answer.authorizationUrl ?? '', sessionUri: answer.sessionUri ?? '' }
}

/** The first browser leg. `withCode`: the callback with a code that the vendor never issued. */
export async function leave(authorizationUrl: string, browser = new CookieHolder()) {
  const hop = await browser.visit(authorizationUrl)
  const asked = URL.canParse(hop.location) ? new URL(hop.location).searchParams : new URLSearchParams()
  const back = (query: Record<string, string>) =>
    `${asked.get('redirect_uri') ?? ''}?${new URLSearchParams({ ...query, state: asked.get('state') ?? '' })}`
  return { browser, hop, asked, back, withCode: back({ code: 'a-code-that-was-never-issued' }) }
}

export const describeRefusal = (refusal: Refusal | undefined): string =>
  refusal === undefined ? 'accepted' : `${refusal.name} ${refusal.status} "${refusal.message}"`

export function describeHop({ status, location, body }: Hop): string {
  if (location !== '') {
    const { hostname, searchParams } = new URL(location)
    const place = hostname === NOWHERE ? 'the return URL' : 'elsewhere'
    return `${status} to ${place} with ${[...searchParams.keys()].join(', ') || 'nothing'}`
  }
  return `${status} ${messageOf(body)}`
}

function messageOf(body: string): string {
  try {
    const { message, Message } = JSON.parse(body) as { message?: string; Message?: string }
    return `"${message ?? Message ?? ''}"`
  } catch {
    return 'and no JSON'
  }
}
