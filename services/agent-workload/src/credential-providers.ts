import type { AgentWorkloadEnvironment, ProviderId } from '@agent-identity/contracts'

/** A provider is offered when the deployment names its credential provider. */
export function credentialProvidersOf(config: AgentWorkloadEnvironment): Partial<Record<ProviderId, string>> {
  return {
    ...(config.GITHUB_CREDENTIAL_PROVIDER ? { github: config.GITHUB_CREDENTIAL_PROVIDER } : {}),
    ...(config.GOOGLE_CALENDAR_CREDENTIAL_PROVIDER
      ? { 'google-calendar': config.GOOGLE_CALENDAR_CREDENTIAL_PROVIDER }
      : {}),
    ...(config.PROFILE_CREDENTIAL_PROVIDER ? { profile: config.PROFILE_CREDENTIAL_PROVIDER } : {}),
  }
}
