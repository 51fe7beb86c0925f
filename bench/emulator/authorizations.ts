import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  BedrockAgentCoreClient,
  CompleteResourceTokenAuthCommand,
  GetResourceOauth2TokenCommand,
  GetWorkloadAccessTokenForUserIdCommand,
} from '@aws-sdk/client-bedrock-agentcore'

const WORKLOAD = 'bench'
const RETURN_URL = 'http://127.0.0.1:1/oauth2/session-binding'
const REGION = 'us-east-1'
export const CREDENTIALS = { accessKeyId: 'AKIABENCH', secretAccessKey: 'a secret of the bench' }

/** A vendor's token endpoint that has a token for everybody. */
export async function startTokenEndpoint(): Promise<{ url: string; stop(): void }> {
  let issued = 0
  const server = createServer((request, response) => {
    request.resume()
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify({ access_token: `access-${issued++}`, token_type: 'bearer', expires_in: 28_800 }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/token`, stop: () => server.close() }
}

export const configurationWith = (tokenEndpoint: string) => ({
  workloadIdentities: [{ name: WORKLOAD, allowedResourceOauth2ReturnUrls: [RETURN_URL] }],
  oauth2CredentialProviders: [
    {
      name: 'github',
      credentialProviderVendor: 'GithubOauth2',
      oauth2ProviderConfigInput: { githubOauth2ProviderConfig: { clientId: 'client', clientSecret: 'secret' } },
      endpoints: { authorizationEndpoint: tokenEndpoint, tokenEndpoint },
    },
  ],
})

export const clientOf = (endpoint: string) =>
  new BedrockAgentCoreClient({ endpoint, region: REGION, credentials: CREDENTIALS, maxAttempts: 1 })

/** @returns a call of GetResourceOauth2Token for this user, to be sent as often as wanted. */
export async function asking(client: BedrockAgentCoreClient, userId: string): Promise<GetResourceOauth2TokenCommand> {
  const { workloadAccessToken } = await client.send(
    new GetWorkloadAccessTokenForUserIdCommand({ workloadName: WORKLOAD, userId }),
  )
  return new GetResourceOauth2TokenCommand({
    workloadIdentityToken: workloadAccessToken,
    resourceCredentialProviderName: 'github',
    scopes: ['repo'],
    oauth2Flow: 'USER_FEDERATION',
    resourceOauth2ReturnUrl: RETURN_URL,
  })
}

/** The user consents at once, comes back, and the authorization is completed. */
export async function finish(client: BedrockAgentCoreClient, userId: string, authorizationUrl = ''): Promise<void> {
  const atVendor = await locationOf(authorizationUrl)
  const callback = new URL(atVendor.searchParams.get('redirect_uri') ?? '')
  callback.search = String(new URLSearchParams({ code: 'code', state: atVendor.searchParams.get('state') ?? '' }))
  const returned = await locationOf(callback.href)
  const sessionUri = returned.searchParams.get('session_id') ?? ''
  await client.send(new CompleteResourceTokenAuthCommand({ sessionUri, userIdentifier: { userId } }))
}

async function locationOf(url: string): Promise<URL> {
  const { status, headers } = await fetch(url, { redirect: 'manual' })
  const location = headers.get('location')
  if (!location) throw new Error(`The emulator answered ${status} and leads nowhere`)
  return new URL(location)
}
