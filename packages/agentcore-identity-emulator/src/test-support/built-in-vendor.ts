import {
  CompleteResourceTokenAuthCommand,
  GetResourceOauth2TokenCommand,
  type GetResourceOauth2TokenRequest,
  GetWorkloadAccessTokenForUserIdCommand,
} from '@aws-sdk/client-bedrock-agentcore'
import type { Emulator } from '../index.ts'
import { clientOf } from './notes-vendor.ts'

export async function askBuiltIn(
  emulator: Emulator,
  { userId = 'alice', ...more }: Partial<GetResourceOauth2TokenRequest> & { userId?: string } = {},
) {
  const client = clientOf(emulator)
  /** Minted for each call, because a test may have moved the clock. */
  const send = async () => {
    const minted = await client.send(new GetWorkloadAccessTokenForUserIdCommand({ workloadName: 'agent', userId }))
    return client.send(
      new GetResourceOauth2TokenCommand({
        workloadIdentityToken: minted.workloadAccessToken,
        resourceCredentialProviderName: 'vendor',
        scopes: ['notes:read'],
        oauth2Flow: 'USER_FEDERATION',
        resourceOauth2ReturnUrl: `${emulator.url}/vendor/return`,
        ...more,
      }),
    )
  }
  const { sessionUri = '', authorizationUrl = '' } = await send()
  const get = async () => (await send()).accessToken
  const bind = () => client.send(new CompleteResourceTokenAuthCommand({ sessionUri, userIdentifier: { userId } }))
  return { sessionUri, authorizationUrl, bind, get }
}

export async function connectBuiltIn(emulator: Emulator, options: { as?: string; userId?: string } = {}) {
  const { as = 'alice', ...asked } = options
  const { sessionUri, bind, get } = await askBuiltIn(emulator, asked)
  await emulator.consent(sessionUri, { as })
  await bind()
  return { sessionUri, get, token: (await get()) ?? '' }
}

export const whoami = async (emulator: Emulator, token: string) => {
  const response = await fetch(`${emulator.url}/vendor/whoami`, { headers: { authorization: `Bearer ${token}` } })
  return { status: response.status, ...((await response.json()) as { user?: string }) }
}

export const controlPost = async ({ url }: Emulator, route: string, body: unknown = {}) => {
  const response = await fetch(`${url}/_emulator/${route}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
}
