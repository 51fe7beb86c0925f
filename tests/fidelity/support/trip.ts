import { mintForUserId, openBrowser, RETURN_URL, requestToken } from './flow.ts'
import type { useEmulator } from './subject.ts'
import type { Vendor } from './vendor.ts'

export const GITHUB_CALLBACK = '11111111-1111-4111-8111-111111111111'
export const OTHER_CALLBACK = '22222222-2222-4222-8222-222222222222'

export const twoProviders = (vendor: Vendor, assumptions = {}) => ({
  assumptions,
  workloadIdentities: [{ name: 'agent', allowedResourceOauth2ReturnUrls: [RETURN_URL] }],
  oauth2CredentialProviders: [
    { name: 'github', callbackId: GITHUB_CALLBACK },
    { name: 'other', callbackId: OTHER_CALLBACK },
  ].map((provider) => ({
    ...provider,
    credentialProviderVendor: 'GithubOauth2',
    oauth2ProviderConfigInput: { githubOauth2ProviderConfig: { clientId: 'client', clientSecret: 'secret' } },
    endpoints: { ...vendor.endpoints, authorizationEndpoint: `${vendor.url}/authorize?tenant=1` },
  })),
})

type Used = ReturnType<typeof useEmulator>

/** Requests a token for a new user. */
export async function start(used: Used, extra: object = {}, browser = openBrowser()) {
  const userId = crypto.randomUUID()
  const workloadIdentityToken = await mintForUserId(used.subject, 'agent', userId)
  const request = { workloadIdentityToken, resourceCredentialProviderName: 'github', ...extra }
  const answer = await requestToken(used.subject, request)
  const leave = async () => new URL((await browser(answer.authorizationUrl as string)).location)
  return { ...answer, userId, request, browser, leave }
}

export const callbackUrl = ({ emulator }: Used, id: string, query: Record<string, string>) =>
  `${emulator.url}/identities/oauth2/callback/${id}?${new URLSearchParams(query)}`

export const message = (body: string) => JSON.parse(body).message

/** The live service's sentence about missing input (awslabs/agentcore-samples#801). */
export function missing(...names: string[]) {
  const each = names.map((name) => `Value at '${name}' failed to satisfy constraint: Member must not be null`)
  return `${names.length} validation error${names.length === 1 ? '' : 's'} detected: ${each.join('; ')}`
}
