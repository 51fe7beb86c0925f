import type { CustomOauth2ProviderConfigInput } from '@aws-sdk/client-bedrock-agentcore-control'

export interface TrialClient {
  /** For a CustomOauth2 provider. */
  configuration: CustomOauth2ProviderConfigInput
  /** The first can be requested alone. */
  scopes: readonly [string, string]
  /** Of access tokens. */
  lifetimeMs: number
  /** Registers AgentCore's callback URL. */
  register(callbackUrl: string): Promise<void>
  /** Consents as the user. @returns the browser's next address: our return URL with its parameters */
  consent(authorizationUrl: string, returnUrl: string): Promise<URL>
}

export interface TrialVendor {
  createClient(): Promise<TrialClient>
  /** For client credentials; absent when no such client may be created. */
  createMachineClient?(): Promise<Pick<TrialClient, 'configuration'> & { scope: string }>
  /** Two calls give two tokens of the same user. */
  userToken(): Promise<string>
  /** Makes the next token reply omit `token_type`; absent when that is not possible. */
  omitTokenType?(): void
  /** @returns how many removals failed */
  close(): Promise<number>
}
