import { expect, test } from '@jest/globals'
import { startEmulator } from './index.ts'

const provider = (name: string, callbackId: string | undefined) => ({
  name,
  credentialProviderVendor: 'GithubOauth2',
  oauth2ProviderConfigInput: { githubOauth2ProviderConfig: { clientId: 'client', clientSecret: 'secret' } },
  ...(callbackId === undefined ? {} : { callbackId }),
})

test('two configured providers with one callback id are a mistake', async () => {
  const callbackId = 'aaaaaaaa-1111-4111-8111-111111111111'
  const differing = [
    provider('first', callbackId),
    provider('generated', undefined),
    provider('also-generated', undefined),
    provider('another', 'bbbbbbbb-1111-4111-8111-111111111111'),
  ]
  const same = [provider('same', callbackId), provider('capitals', callbackId.toUpperCase())]
  await expect(startEmulator({ oauth2CredentialProviders: [...differing, ...same] })).rejects.toMatchObject({
    problems: [
      'oauth2CredentialProviders.4.callbackId: is there twice',
      'oauth2CredentialProviders.5.callbackId: is there twice',
    ],
  })
  const emulator = await startEmulator({ oauth2CredentialProviders: differing })
  await emulator.close()
})
