import * as data from '@aws-sdk/client-bedrock-agentcore'
import * as control from '@aws-sdk/client-bedrock-agentcore-control'
import { emulated } from '../../src/operations/index.ts'
import { consentInBrowser } from './consent-in-browser.ts'

type Connection = {
  endpoint: string
  region: string
  credentials: { accessKeyId: string; secretAccessKey: string }
}

export const EVERY_OPERATION = [...emulated.map(({ name }) => name), 'authorize', 'callback']

/** @returns the answers, and the items of lists, that have times */
export async function callEveryOperation(connection: Connection, userToken: string) {
  const planes = {
    control: new control.BedrockAgentCoreControlClient(connection),
    data: new data.BedrockAgentCoreClient(connection),
  }
  try {
    const withTimes = await callControlPlane(planes.control, connection.endpoint)
    await callDataPlane(planes.data, connection.endpoint, userToken)
    await deleteAll(planes.control)
    return withTimes
  } finally {
    planes.control.destroy()
    planes.data.destroy()
  }
}

const name = 'created'
const custom = (url: string) => ({
  name,
  credentialProviderVendor: 'CustomOauth2' as const,
  oauth2ProviderConfigInput: {
    customOauth2ProviderConfig: {
      clientId: 'client',
      clientSecret: 'secret',
      oauthDiscovery: {
        authorizationServerMetadata: {
          issuer: url,
          authorizationEndpoint: `${url}/authorize`,
          tokenEndpoint: `${url}/token`,
        },
      },
    },
  },
})
const key = { name, apiKey: 'key' }
const kmsConfiguration = { keyType: 'ServiceManagedKey' as const }

async function callControlPlane(client: control.BedrockAgentCoreControlClient, url: string) {
  const { workloadIdentityArn: resourceArn } = await client.send(new control.CreateWorkloadIdentityCommand({ name }))
  await client.send(new control.CreateOauth2CredentialProviderCommand(custom(url)))
  await client.send(new control.CreateApiKeyCredentialProviderCommand(key))
  await client.send(new control.ListWorkloadIdentitiesCommand({}))
  await client.send(new control.TagResourceCommand({ resourceArn, tags: { team: 'a' } }))
  await client.send(new control.ListTagsForResourceCommand({ resourceArn }))
  await client.send(new control.UntagResourceCommand({ resourceArn, tagKeys: ['team'] }))
  const oauth2 = await client.send(new control.ListOauth2CredentialProvidersCommand({}))
  const apiKeys = await client.send(new control.ListApiKeyCredentialProvidersCommand({}))
  return [
    await client.send(new control.GetWorkloadIdentityCommand({ name })),
    await client.send(new control.UpdateWorkloadIdentityCommand({ name })),
    await client.send(new control.GetOauth2CredentialProviderCommand({ name })),
    await client.send(new control.UpdateOauth2CredentialProviderCommand(custom(url))),
    await client.send(new control.GetApiKeyCredentialProviderCommand({ name })),
    await client.send(new control.UpdateApiKeyCredentialProviderCommand(key)),
    ...(oauth2.credentialProviders ?? []),
    ...(apiKeys.credentialProviders ?? []),
    await client.send(new control.GetTokenVaultCommand({})),
    await client.send(new control.SetTokenVaultCMKCommand({ kmsConfiguration })),
  ]
}

async function callDataPlane(client: data.BedrockAgentCoreClient, url: string, userToken: string) {
  const workloadName = 'agent'
  await client.send(new data.GetWorkloadAccessTokenForJWTCommand({ workloadName, userToken }))
  const own = await client.send(new data.GetWorkloadAccessTokenCommand({ workloadName }))
  const workloadIdentityToken = own.workloadAccessToken
  await client.send(new data.GetResourceApiKeyCommand({ workloadIdentityToken, resourceCredentialProviderName: name }))

  const userId = 'alice'
  const minted = await client.send(new data.GetWorkloadAccessTokenForUserIdCommand({ workloadName, userId }))
  const ask = new data.GetResourceOauth2TokenCommand({
    workloadIdentityToken: minted.workloadAccessToken,
    resourceCredentialProviderName: 'vendor',
    scopes: ['notes:read'],
    oauth2Flow: 'USER_FEDERATION',
    resourceOauth2ReturnUrl: `${url}/vendor/return`,
  })
  const { authorizationUrl = '', sessionUri } = await client.send(ask)
  await consentInBrowser(authorizationUrl)
  await client.send(new data.CompleteResourceTokenAuthCommand({ sessionUri, userIdentifier: { userId } }))
  const { accessToken } = await client.send(ask)
  if (accessToken === undefined) throw new Error('There is no token after the consent')
}

async function deleteAll(client: control.BedrockAgentCoreControlClient) {
  await client.send(new control.DeleteWorkloadIdentityCommand({ name }))
  await client.send(new control.DeleteOauth2CredentialProviderCommand({ name }))
  await client.send(new control.DeleteApiKeyCredentialProviderCommand({ name }))
}
