import type { CredentialKind, Provider } from '@agent-identity/contracts'
import type { AuthorizationServer, ExchangingServer, MachineServer } from './authorization-server.ts'
import type { ProviderAtWork, ToolsAtWork } from './provider-tool.ts'
import type { VendorSettings } from './vendor-answer.ts'

interface Definition extends Provider {
  /**
   * Where its API is: tools send access tokens and keys to this origin and to no other. `user-info` is the userinfo endpoint of
   * the issuer that users sign in at.
   */
  apiUrl: string | 'user-info'
}

interface AtWork<Work> {
  /** Its `tools.ts`: loaded only by programs that run tools, so that the infrastructure loads no client library. */
  atWork(settings: VendorSettings): Promise<Work>
}

interface Asking<Kind extends CredentialKind, Server> extends Definition {
  credential: Kind
  /** What AgentCore is told about where tokens come from. */
  authorizationServer: Server
}

/**
 * A provider's `provider.ts`: everything that is known of it without calling anybody.
 *
 * `user`: users consent at the authorization server. `on-behalf-of`: it takes the token that the user has signed in with, and gives one
 * for the API. `machine`: it gives the agent a token of its own. `api-key`: there is none; `keyFrom` says where operators get the key, as
 * the end of a sentence.
 */
export type ProviderDefinition =
  | (Asking<'user', AuthorizationServer> & AtWork<ProviderAtWork>)
  | (Asking<'on-behalf-of', ExchangingServer> & AtWork<ToolsAtWork>)
  | (Asking<'machine', MachineServer> & AtWork<ToolsAtWork>)
  | (Definition & { credential: 'api-key'; keyFrom: string } & AtWork<ToolsAtWork>)

/** Whether the deployment makes its OAuth client itself, at the issuer that users sign in at. */
export const isOfTheSignIn = (provider: ProviderDefinition): boolean =>
  provider.credential === 'user' && 'client' in provider.authorizationServer
