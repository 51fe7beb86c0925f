import type { CustomOauth2ProviderConfigInput } from '@aws-sdk/client-bedrock-agentcore-control'

/** An OAuth client at an authorization server where somebody can really consent. */
export interface TrialClient {
  /** For a CustomOauth2 provider. */
  configuration: CustomOauth2ProviderConfigInput
  /** Two of them; each can be asked for alone. */
  scopes: readonly [string, string]
  /** How long its access tokens live. */
  lifetimeMs: number
  /** Once AgentCore has said what it is. */
  register(callbackUrl: string): Promise<void>
  /** Follows the authorization URL as the user's browser. @returns where the browser would go next: our return URL. */
  consent(authorizationUrl: string, returnUrl: string): Promise<URL>
}

/** An authorization server for the direct trials, and an issuer of users' JWTs. */
export interface TrialVendor {
  createClient(): Promise<TrialClient>
  /** For client credentials; absent where that would cost money or cannot be had. */
  createMachineClient?(): Promise<Pick<TrialClient, 'configuration'> & { scope: string }>
  /** A JWT of the user; two calls give two tokens of the same user. */
  userToken(): Promise<string>
  /** Makes the next token reply leave out `token_type`; absent where nobody can make it. */
  omitTokenType?(): void
  close(): Promise<void>
}
