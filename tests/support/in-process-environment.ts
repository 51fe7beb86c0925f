import { randomToken } from '@agent-identity/service-runtime'
import { AUTHORIZATION_ORIGIN } from './fake-agentcore.ts'
import { ISSUER } from './fake-openid-provider.ts'

/** How long a second return waits for the outcome of the first. */
export const BINDING_OUTCOME_WAIT_MS = 1_000

export function environmentOf(publicUrl: string): Record<string, string> {
  const ring = () => JSON.stringify({ sealWith: 'test', test: randomToken(32) })
  return {
    PORT: '0',
    PUBLIC_URL: publicUrl,
    REDIS_URL: 'redis://127.0.0.1:6379',
    AWS_REGION: 'us-east-1',
    TRUSTED_PROXIES: '0',
    USER_SESSION_KEYS: ring(),
    IDENTITY_ARTIFACT_KEYS: ring(),
    USER_TOKENS_KEYS: ring(),
    TURN_KEYS: ring(),
    OIDC_ISSUER: ISSUER,
    OIDC_CLIENT_ID: 'test',
    OIDC_CLIENT_SECRET: 'test',
    WORKLOAD_NAME: 'test',
    USER_ID_PREFIX: 'test',
    AUTHORIZATION_URL_ORIGIN: AUTHORIZATION_ORIGIN,
    BINDING_OUTCOME_WAIT_MS: String(BINDING_OUTCOME_WAIT_MS),
    CONSENTS_AT_ONCE: 'many',
    ASK_FIRST_PROVIDERS: 'github',
    MODEL_PROVIDER: 'scripted',
    SIGN_IN_REQUESTS_PER_ADDRESS_PER_MINUTE: '1000000',
    RETURNS_PER_ADDRESS_PER_MINUTE: '1000000',
    RETURNS_PER_USER_SESSION_PER_MINUTE: '1000000',
    STARTS_PER_USER_SESSION_PER_MINUTE: '1000000',
    REFUSED_STARTS_PER_ADDRESS_PER_MINUTE: '1000000',
    CONNECTS_PER_USER_SESSION_PER_MINUTE: '1000000',
  }
}
