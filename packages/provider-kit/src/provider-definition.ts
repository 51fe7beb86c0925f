import type { Provider } from '@agent-identity/contracts'
import type { AuthorizationServer } from './authorization-server.ts'
import type { ProviderAtWork } from './provider-tool.ts'
import type { VendorSettings } from './vendor-answer.ts'

/** A provider's `provider.ts`: everything that is known of it without calling anybody. */
export interface ProviderDefinition extends Provider {
  /**
   * Whose access the agent gets: `user` is the access of a user who has consented to it, the one kind that there is so far.
   */
  credential: 'user'
  /** Where users consent, and what AgentCore is told about it. */
  authorizationServer: AuthorizationServer
  /**
   * Where its API is: tools send access tokens to this origin and to no other. `user-info` is the userinfo endpoint of the
   * issuer that users sign in at.
   */
  apiUrl: string | 'user-info'
  /** Its `tools.ts`: loaded by who runs tools, so that the infrastructure loads no client library. */
  atWork(settings: VendorSettings): Promise<ProviderAtWork>
}
