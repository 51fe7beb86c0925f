export type { AuthorizationServer, ExchangingServer, MachineServer, OAuthClient } from './authorization-server.ts'
export { credentialProviderInput, parametersOf, VENDORS, withParameters } from './authorization-server.ts'
export { callForJson, callJson } from './call-json.ts'
export { fetchBounded, MOST_BYTES_OF_AN_ANSWER } from './fetch-bounded.ts'
export { fetchWithinOrigin } from './fetch-within-origin.ts'
export {
  isOfTheSignIn,
  type ProviderDefinition,
} from './provider-definition.ts'
export {
  type Destination,
  defineTool,
  type ProviderAtWork,
  type ProviderTool,
  type ToolCall,
  type ToolsAtWork,
} from './provider-tool.ts'
export {
  askToRevoke,
  basicAuthorization,
  type ProviderRevocation,
  type Revoke,
  revocationUrlOf,
  revokeByRfc7009,
} from './revocation.ts'
export { scopesInText } from './scopes-in-text.ts'
export { asksFor, inList, type Scripted, thereAreMore } from './scripted.ts'
export { listOf, moreIf, requireAnswer, short, type VendorSettings } from './vendor-answer.ts'
export { readFirst, toVendorError, VendorError } from './vendor-error.ts'
