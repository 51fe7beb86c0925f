import {
  GetApiKeyCredentialProviderCommand,
  GetOauth2CredentialProviderCommand,
  GetWorkloadIdentityCommand,
  UpdateOauth2CredentialProviderCommand,
} from '@aws-sdk/client-bedrock-agentcore-control'
import { refusalOf } from '../agentcore/calls.ts'
import type { Assumption, Experiment } from './assumption.ts'
import { describeRefusal, makeSurroundings } from './on-the-way.ts'

const WITH_HEX = '<provider>-<8 hex digits>-<6 characters>'
const WITHOUT_HEX = '<provider>-<6 characters>'

const taken = (message: string) => {
  const [validation, conflict] = [`ValidationException 400 "${message}"`, `ConflictException 409 "${message}"`]
  const option = { name: 'duplicateName', values: { [validation]: 'validation', [conflict]: 'conflict' } }
  return { expected: validation, option }
}

const is = {
  identityExists: {
    id: 'identity-exists',
    words: 'A workload identity is created under a name that is taken',
    ...taken("WorkloadIdentity with name '<identity>' already exists."),
  },
  providerExists: {
    id: 'provider-exists',
    words: 'An OAuth2 provider is created under a name that is taken',
    ...taken('Credential provider with name: <provider> already exists'),
  },
  identityNotFound: {
    id: 'identity-not-found',
    words: 'Get of a workload identity that does not exist',
    expected: 'ResourceNotFoundException 404 "WorkloadIdentity with id <absent name> not found."',
  },
  providerNotFound: {
    id: 'provider-not-found',
    words: 'Get of an OAuth2 provider that does not exist',
    expected: 'ResourceNotFoundException 404 "CredentialProvider not found"',
  },
  apiKeyNotFound: {
    id: 'api-key-provider-not-found',
    words: 'Get of an API key provider that does not exist',
    expected: 'ResourceNotFoundException 404 "ApiKeyCredentialProvider not found for <absent name>"',
  },
  status: {
    id: 'provider-status',
    words: 'The member `status` in the replies to Create and Get of a provider with a managed secret',
    expected: 'absent, absent',
    option: { name: 'providerStatus', values: { 'absent, absent': 'absent', 'READY, READY': 'READY' } },
  },
  secretName: {
    id: 'managed-secret-name',
    words: 'The name of the managed secret, after `bedrock-agentcore-identity!default/oauth2/`',
    expected: WITH_HEX,
    option: { name: 'secretNames', values: { [WITH_HEX]: 'with-hex', [WITHOUT_HEX]: 'without-hex' } },
  },
  callbackUrl: {
    id: 'callback-url',
    words: 'The callback URL is one per provider, and an update keeps it',
    expected: 'another for each provider, the same after an update',
  },
} satisfies Record<string, Assumption>

export const controlPlane: Experiment = {
  name: 'the control plane',
  assumptions: Object.values(is),
  async observe(trial) {
    const { control } = trial.service
    const { workload, provider, created } = await makeSurroundings(trial)
    const other = await makeSurroundings(trial)
    const absent = trial.service.uniqueName()
    trial.hide(absent, 'absent name')
    const get = await control.send(new GetOauth2CredentialProviderCommand({ name: provider }))
    const said = async (call: Promise<unknown>) => describeRefusal(await refusalOf(call))

    await control.send(
      new UpdateOauth2CredentialProviderCommand({
        name: provider,
        credentialProviderVendor: 'CustomOauth2',
        oauth2ProviderConfigInput: {
          customOauth2ProviderConfig: {
            clientId: 'another-client',
            clientSecret: 'another-secret',
            oauthDiscovery: created.oauth2ProviderConfigOutput?.customOauth2ProviderConfig?.oauthDiscovery,
          },
        },
      }),
    )
    const updated = await control.send(new GetOauth2CredentialProviderCommand({ name: provider }))
    const unique =
      other.callbackUrl === created.callbackUrl ? 'the same for two providers' : 'another for each provider'
    const kept = updated.callbackUrl === created.callbackUrl ? 'the same' : 'another'
    const statuses = [created.status, get.status].map((status) => status ?? 'absent').join(', ')

    return {
      [is.identityExists.id]: await said(trial.service.createIdentity({ name: workload })),
      [is.providerExists.id]: await said(trial.service.createOauth2Provider({ name: provider })),
      [is.identityNotFound.id]: await said(control.send(new GetWorkloadIdentityCommand({ name: absent }))),
      [is.providerNotFound.id]: await said(control.send(new GetOauth2CredentialProviderCommand({ name: absent }))),
      [is.apiKeyNotFound.id]: await said(control.send(new GetApiKeyCredentialProviderCommand({ name: absent }))),
      [is.status.id]: statuses,
      [is.secretName.id]: formOf(created.clientSecretArn?.secretArn ?? '', provider),
      [is.callbackUrl.id]: `${unique}, ${kept} after an update`,
    }
  },
}

function formOf(secretArn: string, provider: string): string {
  const [, rest] = secretArn.split(`/${provider}-`)
  if (rest === undefined) return 'none that ends in the name of the provider'
  if (/^[0-9a-f]{8}-[A-Za-z0-9]{6}$/.test(rest)) return WITH_HEX
  if (/^[A-Za-z0-9]{6}$/.test(rest)) return WITHOUT_HEX
  return `<provider>- and ${rest.length} more characters`
}
