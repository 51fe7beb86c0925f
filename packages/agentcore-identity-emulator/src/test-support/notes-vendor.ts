import { createServer } from 'node:http'
import {
  BedrockAgentCoreClient,
  CompleteResourceTokenAuthCommand,
  GetResourceOauth2TokenCommand,
  GetWorkloadAccessTokenForUserIdCommand,
} from '@aws-sdk/client-bedrock-agentcore'
import express from 'express'
import type { Emulator } from '../index.ts'

const RETURN_URL = 'https://app.example.com/return'

/** No page may show these values. */
export const SECRETS = {
  clientSecret: 'the-client-secret',
  accessToken: 'the-access-token',
  refreshToken: 'the-refresh-token',
  code: 'the-authorization-code',
}

export async function startNotesVendor({ onTokenRequest = async () => {} } = {}) {
  const app = express()
  app.post('/token', async (_request, response) => {
    await onTokenRequest()
    const { accessToken: access_token, refreshToken: refresh_token } = SECRETS
    response.json({ access_token, refresh_token, token_type: 'bearer', expires_in: 3600 })
  })
  // Long: a request that meets the closing of an idle connection would be reset.
  const server = createServer({ keepAliveTimeout: 65_000 }, app)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has a port')
  const close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { url: `http://127.0.0.1:${address.port}`, close }
}

export type NotesVendor = Awaited<ReturnType<typeof startNotesVendor>>

export const notesProvider = ({ url }: NotesVendor) => ({
  workloadIdentities: [{ name: 'agent', allowedResourceOauth2ReturnUrls: [RETURN_URL] }],
  oauth2CredentialProviders: [
    {
      name: 'notes',
      credentialProviderVendor: 'CustomOauth2',
      oauth2ProviderConfigInput: {
        customOauth2ProviderConfig: {
          clientId: 'the-client',
          clientSecret: SECRETS.clientSecret,
          oauthDiscovery: {
            authorizationServerMetadata: {
              issuer: url,
              authorizationEndpoint: `${url}/authorize`,
              tokenEndpoint: `${url}/token`,
            },
          },
        },
      },
    },
  ],
})

export function clientOf({ url, region, credentials: [credentials] }: Emulator) {
  if (credentials === undefined) throw new Error('One credential is generated')
  return new BedrockAgentCoreClient({ endpoint: url, region, credentials, maxAttempts: 1 })
}

export const tokenInput = (workloadIdentityToken: string) => ({
  workloadIdentityToken,
  resourceCredentialProviderName: 'notes',
  scopes: ['read'],
  oauth2Flow: 'USER_FEDERATION' as const,
  resourceOauth2ReturnUrl: RETURN_URL,
})

export async function ask(emulator: Emulator, userId = 'alice') {
  const client = clientOf(emulator)
  const minted = await client.send(new GetWorkloadAccessTokenForUserIdCommand({ workloadName: 'agent', userId }))
  const workloadAccessToken = minted.workloadAccessToken ?? ''
  const asked = await client.send(new GetResourceOauth2TokenCommand(tokenInput(workloadAccessToken)))
  return { workloadAccessToken, authorizationUrl: asked.authorizationUrl ?? '', sessionUri: asked.sessionUri ?? '' }
}

/** @returns the vendor's redirect, and the browser's cookie */
export async function leave(authorizationUrl: string) {
  const left = await fetch(authorizationUrl, { redirect: 'manual' })
  const sentTo = new URL(left.headers.get('location') ?? '').searchParams
  const callback = new URL(sentTo.get('redirect_uri') ?? '')
  callback.searchParams.set('code', SECRETS.code)
  callback.searchParams.set('state', sentTo.get('state') ?? '')
  return { callback: callback.href, cookie: left.headers.get('set-cookie')?.split(';')[0] ?? '' }
}

export const comeBack = ({ callback, cookie }: Awaited<ReturnType<typeof leave>>) =>
  fetch(callback, { redirect: 'manual', headers: { cookie } })

/** The flow up to the return from the vendor. */
export async function consent(emulator: Emulator) {
  const asked = await ask(emulator)
  await comeBack(await leave(asked.authorizationUrl))
  return asked
}

/** The flow up to a token in the vault. */
export async function connect(emulator: Emulator) {
  const asked = await consent(emulator)
  const userIdentifier = { userId: 'alice' }
  await clientOf(emulator).send(new CompleteResourceTokenAuthCommand({ sessionUri: asked.sessionUri, userIdentifier }))
  return asked
}
