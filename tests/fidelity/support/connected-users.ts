import { afterAll, beforeAll } from '@jest/globals'
import { complete, consent, mintForUserId, RETURN_URL, requestToken } from './flow.ts'
import { useEmulator } from './subject.ts'
import { Vendor } from './vendor.ts'

export type ChangedRequest = Partial<Parameters<typeof requestToken>[1]>

export function useConnectedUsers() {
  const vendor = new Vendor()
  beforeAll(() => vendor.start())
  afterAll(() => vendor.close())

  const provider = (name: string) => ({
    name,
    credentialProviderVendor: 'GithubOauth2',
    oauth2ProviderConfigInput: { githubOauth2ProviderConfig: { clientId: 'client', clientSecret: 'secret' } },
    endpoints: vendor.endpoints,
  })
  const used = useEmulator(() => ({
    // Tests delay the vendor's answers.
    vendorTimeoutSeconds: 60,
    workloadIdentities: ['agent', 'other-agent'].map((name) => ({
      name,
      allowedResourceOauth2ReturnUrls: [RETURN_URL],
    })),
    oauth2CredentialProviders: [provider('github'), provider('other')],
  }))

  /** `ask` repeats the request with changes. */
  async function connectedUser(extra: ChangedRequest = {}) {
    const userId = crypto.randomUUID()
    const ask = async (changed: ChangedRequest = {}, workload = 'agent') =>
      requestToken(used.subject, {
        workloadIdentityToken: await mintForUserId(used.subject, workload, userId),
        resourceCredentialProviderName: 'github',
        scopes: ['read', 'write'],
        ...extra,
        ...changed,
      })
    const finish = async ({ authorizationUrl, sessionUri }: Awaited<ReturnType<typeof ask>>) => {
      await consent(authorizationUrl)
      await complete(used.subject, sessionUri, { userId })
    }
    await finish(await ask())
    const { accessToken } = await ask()
    return { ask, finish, accessToken: accessToken as string }
  }

  return { vendor, used, connectedUser }
}
