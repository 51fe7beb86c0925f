import { AgentWorkloadEnvironment } from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import type { OpenIdProvider } from '../constructs/options.ts'
import { EXAMPLE, readServices } from '../read-services.ts'
import { arnsOf } from './agentcore-resources.ts'
import { isAllowed, type RequestContext } from './simulate.ts'
import { stage } from './stages.ts'
import { OPENID_PROVIDERS } from './what-you-have.ts'

const MINT = 'bedrock-agentcore:GetWorkloadAccessTokenForJWT'
const COMPLETE = 'bedrock-agentcore:CompleteResourceTokenAuth'
const CLAIM = 'bedrock-agentcore:InboundJwtClaim'

/** The claims that IAM knows, apart from `iss`, of access tokens like those in docs/sign-in.md. */
const TOKENS: Readonly<Record<keyof typeof OPENID_PROVIDERS, Readonly<Record<string, string | string[]>>>> = {
  Okta: { aud: 'https://agents.example.com', sub: '00u1abcdefghijklmnop' },
  'Entra ID': { aud: 'agents-client', sub: 'AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ' },
  Auth0: {
    aud: ['https://agents.example.com', 'https://example.eu.auth0.com/userinfo'],
    sub: 'auth0|1',
    scope: 'openid',
  },
  Keycloak: { aud: ['agents-at-agentcore', 'account'], sub: '0b1c2d3e', scope: 'openid profile email' },
  'an issuer with client_id in its tokens': { client_id: 'agents-client', sub: '1', aud: 'anything' },
}

const names = {
  region: 'us-east-1',
  accountId: EXAMPLE.accountId,
  workloadIdentity: 'agent-identity-sandbox',
  provider: 'agent-identity-sandbox-github',
}

describe.each(Object.entries(OPENID_PROVIDERS) as [keyof typeof OPENID_PROVIDERS, OpenIdProvider][])(
  'with %s',
  (name, signIn) => {
    const app = stage(name)
    const services = readServices(app, EXAMPLE)
    const claims: RequestContext = Object.fromEntries(
      Object.entries({ iss: signIn.issuer, ...TOKENS[name] }).map(([claim, value]) => [`${CLAIM}/${claim}`, value]),
    )
    const may = (context: RequestContext) => [
      isAllowed(services['agent-workload'].taskRolePolicies, {
        action: MINT,
        resources: arnsOf(names).mint,
        context,
      }),
      isAllowed(services['session-binding'].taskRolePolicies, {
        action: COMPLETE,
        resources: arnsOf(names).token,
        context,
      }),
    ]

    test('there is no user pool, and no function', () => {
      const types = Object.values(app.templates.identity?.Resources ?? {}).map(({ Type }) => Type)
      expect(types.filter((type) => /Cognito|Lambda/.test(type))).toEqual([])
    })

    test('its tokens mint and complete', () => {
      expect(may(claims)).toEqual([true, true])
    })

    test.each<{ what: string; change: RequestContext }>([
      { what: 'another issuer', change: { [`${CLAIM}/iss`]: 'https://issuer.evil.example' } },
      { what: 'another client', change: { [`${CLAIM}/aud`]: ['another'], [`${CLAIM}/client_id`]: 'another' } },
    ])('tokens of $what neither mint nor complete', ({ change }) => {
      expect(may({ ...claims, ...change })).toEqual([false, false])
    })

    test('a token without the claim neither mints nor completes', () => {
      const { [`${CLAIM}/aud`]: _aud, [`${CLAIM}/client_id`]: _client, ...others } = claims
      expect(may(others)).toEqual([false, false])
      expect(may({})).toEqual([false, false])
    })

    test('the agent workload gets its settings, and they are valid', () => {
      const { values, secrets } = services['agent-workload']
      const { OIDC_AUTHORIZATION_PARAMETERS, OIDC_SCOPES, ...shape } = AgentWorkloadEnvironment.shape
      expect(values).toMatchObject({
        OIDC_ISSUER: signIn.issuer,
        OIDC_CLIENT_ID: 'agents-client',
        OIDC_SIGN_OUT: 'rp-initiated',
        USER_ID_PREFIX: 'oidc',
      })
      expect(OIDC_SCOPES.parse(values.OIDC_SCOPES)).toBe(signIn.scopes ?? 'openid profile email')
      expect(OIDC_AUTHORIZATION_PARAMETERS.parse(values.OIDC_AUTHORIZATION_PARAMETERS)).toEqual(
        signIn.authorizationParameters ?? {},
      )
      expect(shape.OIDC_ISSUER.parse(values.OIDC_ISSUER)).toBe(signIn.issuer)
      expect(secrets).toContain('OIDC_CLIENT_SECRET')
      expect(JSON.stringify(app.templates.services)).toContain(':secret:agents/oidc:clientSecret::')
      expect(JSON.stringify(app.templates.services)).toContain(':secret:agents/oidc-??????')
    })

    test('the deployment prints what to register', () => {
      const outputs = Object.values(app.templates.identity?.Outputs ?? {}).flatMap(
        ({ Description }) => Description ?? [],
      )
      expect(outputs).toEqual(expect.arrayContaining([expect.stringContaining('Register this redirect URI')]))
    })
  },
)
