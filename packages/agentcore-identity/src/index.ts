export { jwtExpiry } from './jwt-expiry.ts'
export {
  type CompletionOutcome,
  createSessionBindingIdentity,
  type SessionBindingIdentity,
  type SessionBindingIdentitySettings,
} from './session-binding-identity.ts'
export {
  createWorkloadAccessTokens,
  type WorkloadAccessTokenOutcome,
  type WorkloadAccessTokens,
  type WorkloadAccessTokensSettings,
} from './workload-access-tokens.ts'
export {
  type AccessTokenOutcome,
  type AccessTokenRequest,
  createWorkloadIdentity,
  type MintOutcome,
  type WithoutConsentOutcome,
  type WithoutConsentRequest,
  type WorkloadIdentity,
  type WorkloadIdentitySettings,
} from './workload-identity.ts'
