import { randomBytes } from 'node:crypto'
import type { EmulatorState } from '../emulator-state.ts'
import { newOauth2Provider } from '../state/oauth2-provider.ts'
import type { Oauth2Provider } from '../state/oauth2-provider-record.ts'
import { newWorkloadIdentity } from '../state/workload-identities.ts'
import { builtInServer } from './metadata.ts'

export const BUILT_IN = { workloadName: 'agent', providerName: 'vendor', clientId: 'emulator' } as const

export const builtInReturnUrl = (publicUrl: string) => `${publicUrl}/vendor/return`

export const builtInIdentity = ({ arns, clock, publicUrl }: EmulatorState) =>
  newWorkloadIdentity(
    { name: BUILT_IN.workloadName, allowedResourceOauth2ReturnUrls: [builtInReturnUrl(publicUrl)] },
    arns.workloadIdentity(BUILT_IN.workloadName),
    clock.now(),
  )

/** This provider's endpoints follow the emulator's address. */
export function builtInProvider(state: EmulatorState): Oauth2Provider {
  const { issuer, authorizationEndpoint, tokenEndpoint } = builtInServer(state)
  const input = {
    name: BUILT_IN.providerName,
    credentialProviderVendor: 'CustomOauth2' as const,
    oauth2ProviderConfigInput: {
      customOauth2ProviderConfig: {
        clientId: BUILT_IN.clientId,
        clientSecret: randomBytes(24).toString('base64url'),
        oauthDiscovery: { authorizationServerMetadata: { issuer, authorizationEndpoint, tokenEndpoint } },
      },
    },
  }
  // The emulator's address may be a container's name, on plain HTTP.
  const urlPolicy = { allows: () => true }
  return { ...newOauth2Provider(input, { ...state, urlPolicy, now: state.clock.now() }), server: { builtIn: true } }
}

export function describeBuiltIns({ vendor, workloadIdentities, oauth2Providers, publicUrl }: EmulatorState) {
  const { workloadName, providerName } = BUILT_IN
  const returnUrl = builtInReturnUrl(publicUrl)
  const server = oauth2Providers.get(providerName)?.server ?? {}
  const returns = workloadIdentities.get(workloadName)?.allowedResourceOauth2ReturnUrls?.includes(returnUrl)
  if (vendor === undefined || !('builtIn' in server) || !returns) return undefined
  return { workloadName, providerName, returnUrl, users: vendor.users }
}
