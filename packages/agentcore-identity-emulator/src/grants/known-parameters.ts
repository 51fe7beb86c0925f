import type { EmulatorState } from '../emulator-state.ts'
import type { TokenRequest } from '../state/token-request.ts'

/** Of OAuth 2.0 and OpenID Connect (IANA's registry), and of the built-in vendors' documentation. */
const KNOWN = new Set([
  ...['acr_values', 'claims', 'claims_locales', 'display', 'id_token_hint', 'login_hint', 'max_age', 'nonce', 'prompt'],
  ...['audience', 'resource', 'response_mode', 'ui_locales', 'access_type', 'allow_signup', 'approval_prompt'],
  ...['domain_hint', 'duration', 'force_confirm', 'hd', 'include_granted_scopes', 'login', 'owner', 'team'],
  ...['token_access_type', 'user_scope'],
])

/** One report: a consent with an unknown custom parameter completes, and "vaults nothing useful" (cgono/test-aws-agentcore, September 2026). */
export const isVaulted = ({ customParameters }: TokenRequest, { assumptions }: EmulatorState) =>
  assumptions.unknownParameter === 'vaulted' || Object.keys(customParameters).every((name) => KNOWN.has(name))
