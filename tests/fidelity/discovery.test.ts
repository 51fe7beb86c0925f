import {
  GetOauth2CredentialProviderCommand,
  UpdateOauth2CredentialProviderCommand,
} from '@aws-sdk/client-bedrock-agentcore-control'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { forThisTest } from '../support/for-this-test.ts'
import { BASIC, directGrants } from './support/direct-grants.ts'
import { mintForJwt, navigate, refusal } from './support/flow.ts'
import { Issuer } from './support/issuer.ts'
import { useEmulator } from './support/subject.ts'
import { message, start, twoProviders } from './support/trip.ts'
import { Vendor } from './support/vendor.ts'

const vendor = new Vendor()
const issuer = new Issuer()
beforeAll(() => Promise.all([vendor.start(), issuer.start()]))
afterAll(() => Promise.all([vendor.close(), issuer.close()]))
const used = useEmulator(() => twoProviders(vendor))
const { ask, customProvider, lastRequest } = directGrants(vendor, () => used.subject)

const ofThisTest = forThisTest()
async function startVendor() {
  const own = await new Vendor().start()
  await ofThisTest({ stop: () => own.close() })
  return own
}

async function discovered(config = {}) {
  const own = await startVendor()
  const oauthDiscovery = { discoveryUrl: own.discoveryUrl }
  const resourceCredentialProviderName = await customProvider({ oauthDiscovery, ...config })
  return { own, oauthDiscovery, resourceCredentialProviderName }
}

describe('discovery', () => {
  test('returns the endpoints and the client authentication', async () => {
    const oauthDiscovery = { discoveryUrl: vendor.discoveryUrl }
    await ask({ resourceCredentialProviderName: await customProvider({ oauthDiscovery }) })
    expect(lastRequest()).toMatchObject({ authorization: BASIC })
  })

  test('happens at the first use, and is cached for each provider until its update', async () => {
    const { own, oauthDiscovery, resourceCredentialProviderName } = await discovered()
    const another = await customProvider({ oauthDiscovery })
    await used.subject.control.send(new GetOauth2CredentialProviderCommand({ name: resourceCredentialProviderName }))
    expect(own.discoveries).toBe(0)
    await Promise.all([ask({ resourceCredentialProviderName }), ask({ resourceCredentialProviderName })])
    used.emulator.clock.advance(24 * 3600)
    await ask({ resourceCredentialProviderName })
    expect(own.discoveries).toBe(1)
    await ask({ resourceCredentialProviderName: another })
    expect(own.discoveries).toBe(2)

    await used.subject.control.send(
      new UpdateOauth2CredentialProviderCommand({
        name: resourceCredentialProviderName,
        credentialProviderVendor: 'CustomOauth2',
        oauth2ProviderConfigInput: {
          customOauth2ProviderConfig: { oauthDiscovery, clientId: 'client', clientSecret: 'secret' },
        },
      }),
    )
    expect(own.discoveries).toBe(2)
    await ask({ resourceCredentialProviderName })
    await ask({ resourceCredentialProviderName: another })
    expect(own.discoveries).toBe(3)
  })

  test.each<[string, Record<string, unknown>]>([
    ['another issuer', { issuer: 'https://elsewhere.example' }],
    ['an issuer below it', { issuer: 'http://127.0.0.1/tenant' }],
    ['no issuer', { issuer: undefined }],
    ['no token endpoint', { token_endpoint: undefined }],
    [
      'an authorization endpoint on plain HTTP elsewhere',
      { authorization_endpoint: 'http://vendor.example/authorize' },
    ],
  ])('with %s is refused, and no secret is sent', async (_case, metadata) => {
    const { own, resourceCredentialProviderName } = await discovered()
    own.metadata = metadata
    expect(await refusal(ask({ resourceCredentialProviderName }))).toMatchObject({ name: 'ValidationException' })
    expect(own.tokenRequests).toHaveLength(0)
  })

  test('that cannot be reached is an error at the use, and not cached', async () => {
    const { own, resourceCredentialProviderName } = await discovered()
    own.isAway = true
    expect(await refusal(ask({ resourceCredentialProviderName }))).toMatchObject({
      name: 'ValidationException',
      status: 400,
      message: `Failed to fetch discovery document from: ${own.discoveryUrl}`,
    })
    const { authorizationUrl } = await start(used, { resourceCredentialProviderName })
    const { status, body, location, headers } = await navigate(authorizationUrl as string)
    expect({ status, location, message: message(body), cookie: headers['set-cookie'] }).toEqual({
      status: 400,
      location: '',
      message: `Failed to fetch discovery document from: ${own.discoveryUrl}`,
      cookie: undefined,
    })

    own.isAway = false
    expect((await navigate(authorizationUrl as string)).status).toBe(302)
  })

  test('without an authorization endpoint serves an exchange on behalf of the user, and no consent', async () => {
    const { own, resourceCredentialProviderName } = await discovered({
      onBehalfOfTokenExchangeConfig: { grantType: 'TOKEN_EXCHANGE' },
    })
    own.metadata = { authorization_endpoint: undefined }
    const workloadIdentityToken = await mintForJwt(used.subject, 'agent', issuer.token('alice'))
    expect(
      await ask({ resourceCredentialProviderName, oauth2Flow: 'ON_BEHALF_OF_TOKEN_EXCHANGE', workloadIdentityToken }),
    ).toHaveProperty('accessToken')
    const { authorizationUrl } = await start(used, { resourceCredentialProviderName })
    expect(await navigate(authorizationUrl as string)).toMatchObject({ status: 400, location: '' })
  })
})
