import { GetOauth2CredentialProviderCommand } from '@aws-sdk/client-bedrock-agentcore-control'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { complete, consent, requestToken } from './support/flow.ts'
import { useEmulator } from './support/subject.ts'
import { start, twoProviders } from './support/trip.ts'
import { json, Vendor } from './support/vendor.ts'

const vendor = new Vendor()
beforeAll(() => vendor.start())
afterAll(() => vendor.close())
const slack = {
  credentialProviderVendor: 'SlackOauth2',
  oauth2ProviderConfigInput: { slackOauth2ProviderConfig: { clientId: 'client', clientSecret: 'secret' } },
}
const used = useEmulator(() => {
  const { oauth2CredentialProviders, ...options } = twoProviders(vendor)
  const [first] = oauth2CredentialProviders
  return {
    ...options,
    oauth2CredentialProviders: [
      { ...first, ...slack, name: 'slack' },
      { ...slack, name: 'real' },
    ],
  }
})

test('the built-in provider is Slack’s installation of an app', async () => {
  const { oauth2ProviderConfigOutput } = await used.subject.control.send(
    new GetOauth2CredentialProviderCommand({ name: 'real' }),
  )
  expect(
    oauth2ProviderConfigOutput?.slackOauth2ProviderConfig?.oauthDiscovery?.authorizationServerMetadata,
  ).toMatchObject({
    authorizationEndpoint: 'https://slack.com/oauth/v2/authorize',
    tokenEndpoint: 'https://slack.com/api/oauth.v2.access',
  })
})

test('of its two tokens, the bot’s is kept', async () => {
  const { authorizationUrl, sessionUri, userId, request } = await start(used, {
    resourceCredentialProviderName: 'slack',
  })
  await consent(authorizationUrl)
  vendor.answerNext((response) =>
    json(response, 200, {
      ok: true,
      access_token: 'the bot’s',
      token_type: 'bot',
      authed_user: { access_token: 'the user’s', token_type: 'user' },
    }),
  )
  await complete(used.subject, sessionUri, { userId })
  expect(await requestToken(used.subject, request)).toMatchObject({ accessToken: 'the bot’s' })
})
