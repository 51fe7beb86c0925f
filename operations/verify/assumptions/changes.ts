import {
  type CreateOauth2CredentialProviderRequest,
  GetWorkloadIdentityCommand,
  UpdateOauth2CredentialProviderCommand,
  UpdateWorkloadIdentityCommand,
} from '@aws-sdk/client-bedrock-agentcore-control'
import { refusalOf } from '../agentcore/calls.ts'
import type { Assumption, Experiment } from './assumption.ts'
import { ask, describeRefusal, leave, makeSurroundings, NOWHERE, RETURN_URL } from './on-the-way.ts'

const REFUSED = 'refused with ValidationException'

const is = {
  tenant: {
    id: 'tenant-vendor-endpoints',
    words: 'A provider of a vendor with tenants (Okta): without issuer and endpoints; with them',
    expected: `${REFUSED}; taken`,
  },
  changed: {
    id: 'changed-provider',
    words: 'A provider gets another client id: the next `authorize` sends',
    expected: 'the new one',
  },
  vendor: {
    id: 'update-of-vendor',
    words: "Update of a provider's vendor",
    expected: REFUSED,
  },
  listLeftOut: {
    id: 'update-without-return-urls',
    words: 'Update of a workload identity without a list of return URLs',
    expected: 'the list stays',
  },
  sessionUri: {
    id: 'session-uri-text',
    words: 'The text of a session URI after `request_uri:`',
    expected: 'Base64 of a UUID',
  },
} satisfies Record<string, Assumption>

export const changes: Experiment = {
  name: 'changes of identities and providers',
  assumptions: Object.values(is),
  async observe(trial) {
    const { service } = trial
    const { control } = service
    const refusedOr = async (call: Promise<unknown>, otherwise: string) => {
      const refusal = await refusalOf(call)
      if (!refusal) return otherwise
      return refusal.name === 'ValidationException' ? REFUSED : describeRefusal(refusal)
    }
    const created = async (more: object) => refusedOr(service.createOauth2Provider(okta(more)), 'taken')

    const made = await makeSurroundings(trial)
    const clientAt = async (authorizationUrl: string) => (await leave(authorizationUrl)).asked.get('client_id')
    const first = await ask(trial, made)
    const before = await clientAt(first.authorizationUrl)
    await control.send(new UpdateOauth2CredentialProviderCommand(withClient(made, 'another-client')))
    const after = await clientAt((await ask(trial, made)).authorizationUrl)

    const github = { githubOauth2ProviderConfig: { clientId: 'client', clientSecret: 'secret' } }
    const toAnotherVendor = control.send(
      new UpdateOauth2CredentialProviderCommand({
        name: made.provider,
        credentialProviderVendor: 'GithubOauth2',
        oauth2ProviderConfigInput: github,
      }),
    )
    const vendor = await refusedOr(toAnotherVendor, 'taken')
    await control.send(new UpdateWorkloadIdentityCommand({ name: made.workload }))
    const { allowedResourceOauth2ReturnUrls: left = [] } = await control.send(
      new GetWorkloadIdentityCommand({ name: made.workload }),
    )

    return {
      [is.tenant.id]: `${await created({})}; ${await created(ENDPOINTS)}`,
      [is.changed.id]: after === 'another-client' ? 'the new one' : after === before ? 'the old one' : 'neither',
      [is.vendor.id]: vendor,
      [is.listLeftOut.id]: left.includes(RETURN_URL) ? 'the list stays' : `the list has ${left.length} entries`,
      [is.sessionUri.id]: formOf(first.sessionUri.split('request_uri:')[1] ?? ''),
    }
  },
}

const ENDPOINTS = {
  issuer: `https://${NOWHERE}`,
  authorizationEndpoint: `https://${NOWHERE}/authorize`,
  tokenEndpoint: `https://${NOWHERE}/token`,
}

const okta = (more: object): Partial<CreateOauth2CredentialProviderRequest> => ({
  credentialProviderVendor: 'OktaOauth2',
  oauth2ProviderConfigInput: {
    includedOauth2ProviderConfig: { clientId: 'client', clientSecret: 'secret', ...more },
  },
})

const withClient = ({ provider, created }: Awaited<ReturnType<typeof makeSurroundings>>, clientId: string) => ({
  name: provider,
  credentialProviderVendor: 'CustomOauth2' as const,
  oauth2ProviderConfigInput: {
    customOauth2ProviderConfig: {
      clientId,
      clientSecret: 'another-secret',
      oauthDiscovery: created.oauth2ProviderConfigOutput?.customOauth2ProviderConfig?.oauthDiscovery,
    },
  },
})

/** Describes the form only: the text differs from session to session. */
function formOf(text: string): string {
  const decoded = Buffer.from(text, 'base64').toString('latin1')
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(decoded)) return 'Base64 of a UUID'
  if (/^[0-9a-f]+$/.test(text)) return `${text.length} hexadecimal digits`
  return `${text.length} other characters`
}
