import type { CredentialKind, Provider } from '@agent-identity/contracts'
import type { AuthorizationServer, ExchangingServer, MachineServer } from './authorization-server.ts'
import type { ProviderAtWork, ToolsAtWork } from './provider-tool.ts'
import type { ProviderRevocation } from './revocation.ts'
import type { VendorSettings } from './vendor-answer.ts'

interface Definition extends Omit<Provider, 'revocation'> {
  /** `user-info`: the userinfo endpoint of the sign-in issuer. */
  apiUrl: string | 'user-info'
  /** What the chat page suggests to ask. The tools of the provider can do it. */
  suggestions?: readonly string[]
}

interface AtWork<Work> {
  /** Loads the provider's `tools.ts`, and with it the vendor's client library, if there is one. */
  atWork(settings: VendorSettings): Promise<Work>
}

interface Connecting {
  revocation: ProviderRevocation
}

interface WithoutConnection {
  revocation?: never
  scopeSeparator?: never
}

interface Asking<Kind extends CredentialKind, Server> extends Definition {
  credential: Kind
  authorizationServer: Server
}

/** A provider's `provider.ts`, by credential (`CredentialKind`). `keyFrom`: from whom or where operators get the key. */
export type ProviderDefinition =
  | (Asking<'user', AuthorizationServer> & Connecting & AtWork<ProviderAtWork>)
  | (Asking<'on-behalf-of', ExchangingServer> & WithoutConnection & AtWork<ToolsAtWork>)
  | (Asking<'machine', MachineServer> & WithoutConnection & AtWork<ToolsAtWork>)
  | (Definition & { credential: 'api-key'; keyFrom: string } & WithoutConnection & AtWork<ToolsAtWork>)

/** Whether its OAuth client is one that the deployment creates at the sign-in issuer. */
export const isOfTheSignIn = (provider: ProviderDefinition): boolean =>
  provider.credential === 'user' && 'client' in provider.authorizationServer
