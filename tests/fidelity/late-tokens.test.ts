import {
  DeleteOauth2CredentialProviderCommand,
  DeleteWorkloadIdentityCommand,
} from '@aws-sdk/client-bedrock-agentcore-control'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { complete, consent, mintForJwt, mintForUserId, RETURN_URL, refusal, requestToken } from './support/flow.ts'
import { Issuer } from './support/issuer.ts'
import { useEmulator } from './support/subject.ts'
import { json, Vendor } from './support/vendor.ts'

const vendor = new Vendor()
const issuer = new Issuer()
beforeAll(() => Promise.all([vendor.start(), issuer.start()]))
afterAll(() => Promise.all([vendor.close(), issuer.close()]))

const provider = (name: string) => ({
  name,
  credentialProviderVendor: 'CustomOauth2',
  oauth2ProviderConfigInput: {
    customOauth2ProviderConfig: {
      oauthDiscovery: { authorizationServerMetadata: vendor.endpoints },
      clientId: 'client',
      clientSecret: 'secret',
      onBehalfOfTokenExchangeConfig: { grantType: 'TOKEN_EXCHANGE' },
    },
  },
})
const used = useEmulator(() => ({
  assumptions: { m2mTokens: 'kept' as const },
  workloadIdentities: ['agent', 'other'].map((name) => ({ name, allowedResourceOauth2ReturnUrls: [RETURN_URL] })),
  oauth2CredentialProviders: [provider('notes'), provider('other')],
}))
beforeEach(() => used.emulator.reset())

const vaulted = async () =>
  ((await (await fetch(`${used.emulator.url}/_emulator/export`)).json()) as { vault: object[] }).vault
const importState = (body: string) =>
  fetch(`${used.emulator.url}/_emulator/import`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
const deleteProvider = (name: string) => used.subject.control.send(new DeleteOauth2CredentialProviderCommand({ name }))
const deleteIdentity = (name: string) => used.subject.control.send(new DeleteWorkloadIdentityCommand({ name }))

/** The change is made while the call waits for the vendor's token. */
async function during<T>(call: () => Promise<T>, change: () => unknown) {
  const arrived = Promise.withResolvers<() => void>()
  vendor.answerNext((response) =>
    arrived.resolve(() => json(response, 200, { access_token: 'late', token_type: 'bearer' })),
  )
  const called = call()
  const answer = await arrived.promise
  await change()
  answer()
  return called
}

async function consented() {
  const userId = crypto.randomUUID()
  const ask = async () =>
    requestToken(used.subject, {
      workloadIdentityToken: await mintForUserId(used.subject, 'agent', userId),
      resourceCredentialProviderName: 'notes',
    })
  const { authorizationUrl, sessionUri } = await ask()
  await consent(authorizationUrl)
  return { ask, bind: () => complete(used.subject, sessionUri, { userId }) }
}

const direct = (oauth2Flow: 'M2M' | 'ON_BEHALF_OF_TOKEN_EXCHANGE') => async () =>
  requestToken(used.subject, {
    oauth2Flow,
    workloadIdentityToken: await mintForJwt(used.subject, 'agent', issuer.token('alice')),
    resourceCredentialProviderName: 'notes',
  })

const ENDINGS: [string, () => unknown][] = [
  ['a reset that keeps providers and identities', () => used.emulator.reset(['providers', 'identities'])],
  ['a reset', () => used.emulator.reset()],
  ['an import', async () => importState(await (await fetch(`${used.emulator.url}/_emulator/export`)).text())],
  ['the deletion of its provider', () => deleteProvider('notes')],
  ['the deletion of its workload identity', () => deleteIdentity('agent')],
]

describe.each(ENDINGS)('a token that the vendor issues after %s is not kept', (_ending, end) => {
  test('when the user’s consent is completed, which is refused', async () => {
    const { bind } = await consented()
    expect(await refusal(during(bind, end))).toMatchObject({
      name: 'AccessDeniedException',
      message: 'Invalid or expired session',
    })
    expect(await vaulted()).toEqual([])
  })

  test.each(['M2M', 'ON_BEHALF_OF_TOKEN_EXCHANGE'] as const)('with %s', async (flow) => {
    expect(await during(direct(flow), end)).toEqual({ accessToken: 'late' })
    expect(await vaulted()).toEqual([])
  })
})

test('after a reset the user can consent again', async () => {
  const { bind } = await consented()
  await refusal(during(bind, () => used.emulator.reset()))
  const again = await consented()
  await again.bind()
  expect(await again.ask()).toHaveProperty('accessToken')
})

test('the deletion of another provider and of another identity meanwhile makes no difference', async () => {
  const { ask, bind } = await consented()
  await during(bind, async () => {
    await deleteProvider('other')
    await deleteIdentity('other')
  })
  expect(await ask()).toEqual({ accessToken: 'late' })
})
