import { isOfTheSignIn, parametersOf } from '@agent-identity/provider-kit'
import { PROVIDERS } from '@agent-identity/providers'
import type { SessionStoreNodes } from '../constructs/options.ts'
import { PROVIDER_CONTEXT_NAMES } from '../provider-context.ts'
import { type Deployment, type DeploymentContext, readDeployment } from '../read-deployment.ts'
import { stageNamed } from '../stages.ts'
import { MCP_AT_OWN_PROVIDER, OPENID_PROVIDERS, OWN_LISTENER, OWN_REDIS, OWN_VPC } from './what-you-have.ts'

/** The providers with consent, besides GitHub, that need only a secret. */
const others = [...PROVIDERS.values()].filter(
  (one) =>
    one.id !== 'github' &&
    one.credential === 'user' &&
    !isOfTheSignIn(one) &&
    parametersOf(one.authorizationServer).length === 0,
)
export const ANOTHER_PROVIDER = others.slice(0, 1).map(({ id }) => id)
const secretNameOf = (id: string) =>
  PROVIDER_CONTEXT_NAMES.find((name) => name.toLowerCase() === `${id.replaceAll('-', '')}secret`) ?? ''

/** A fork may have named the Region in the file. */
const REGION_OF_PRODUCTION = stageNamed('production').region ?? 'eu-west-1'

export const CONTEXTS = {
  sandbox: { stage: 'sandbox', region: 'us-east-1' },
  production: {
    stage: 'production',
    region: REGION_OF_PRODUCTION,
    domainName: 'agents.example.com',
    certificateArn: `arn:aws:acm:${REGION_OF_PRODUCTION}:123456789012:certificate/11111111-2222-3333-4444-555555555555`,
    providers: ['profile', 'github', ...ANOTHER_PROVIDER].join(','),
    githubSecret: 'agents/github',
    ...Object.fromEntries(ANOTHER_PROVIDER.map((id) => [secretNameOf(id), `agents/${id}`])),
  },
} as const satisfies Record<string, DeploymentContext>

export const EVERY_PROVIDER = {
  providers: [...PROVIDERS.keys()].join(','),
  ...Object.fromEntries(PROVIDER_CONTEXT_NAMES.map((name) => [name, `agents/${name}`])),
  githubSecretKeyArn: 'arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d-0000-4000-8000-000000000000',
}

interface Variant {
  context: DeploymentContext
  /** What a fork has changed in its stage. */
  change?: Partial<Deployment>
}

const sandboxWith = (change: Partial<Deployment>): Variant => ({ context: CONTEXTS.sandbox, change })
const { domainName, certificateArn } = CONTEXTS.production
const ownVpc = { ...OWN_VPC, interfaceEndpoints: false }
const ownDomain = (entrance: object) =>
  sandboxWith({ entrance: { kind: 'own-domain', domainName, hostedZoneId: 'Z0123456789', ...entrance } })
const signedInAt = (name: keyof typeof OPENID_PROVIDERS): Variant => ({
  context: { ...CONTEXTS.sandbox, providers: 'github', githubSecret: 'agents/github' },
  change: { signIn: OPENID_PROVIDERS[name] },
})

export const SENDER = {
  from: 'Agents <agents@example.com>',
  identityArn: 'arn:aws:ses:us-east-1:123456789012:identity/example.com',
}
const SANDBOX_NODES = readDeployment(CONTEXTS.sandbox).sessionStore as SessionStoreNodes

export const VARIANTS = {
  sandbox: { context: CONTEXTS.sandbox },
  production: { context: CONTEXTS.production },
  'every provider': { context: { ...CONTEXTS.sandbox, ...EVERY_PROVIDER } },
  'user-id': sandboxWith({ identityArtifact: 'user-id' }),
  'many consents': sandboxWith({ consentsAtOnce: 'many' }),
  'asks first': sandboxWith({
    changes: { perTurn: 0, askFirst: ['github', ...ANOTHER_PROVIDER] },
    administrators: { group: 'platform team', claim: 'groups' },
    chatPage: 'off',
    alarmEmail: 'on-call@example.com',
    signIn: { mfa: 'optional', sender: SENDER },
    sessionStore: { ...SANDBOX_NODES, maintenanceWindow: 'sun:03:00-sun:04:00' },
  }),
  'client secrets via AgentCore': sandboxWith({ clientSecretsOnlyViaAgentCore: true }),
  'another model': sandboxWith({ modelId: 'amazon.nova-lite-v1:0' }),
  'private endpoints': sandboxWith({
    network: { ...readDeployment(CONTEXTS.sandbox).network, interfaceEndpoints: true },
  }),
  'own VPC': sandboxWith({ network: ownVpc }),
  'own VPC, public': sandboxWith({ network: ownVpc, entrance: { kind: 'own-domain', domainName, certificateArn } }),
  'own VPC, private endpoints': sandboxWith({
    network: {
      ...OWN_VPC,
      sessionBindingSubnetIds: ['subnet-0ccccccccccccccc1', 'subnet-0ccccccccccccccc2'],
      interfaceEndpoints: true,
    },
  }),
  'own listener': sandboxWith({ network: ownVpc, entrance: OWN_LISTENER }),
  'own listener and Redis': sandboxWith({ network: ownVpc, entrance: OWN_LISTENER, sessionStore: OWN_REDIS }),
  'MCP server': { context: { ...CONTEXTS.production, mcp: 'true' } },
  'MCP server beside what you have': {
    context: { ...CONTEXTS.sandbox, providers: 'github', githubSecret: 'agents/github' },
    change: {
      network: ownVpc,
      entrance: OWN_LISTENER,
      sessionStore: OWN_REDIS,
      signIn: OPENID_PROVIDERS.Okta,
      mcp: MCP_AT_OWN_PROVIDER,
    },
  },
  'hosted zone': ownDomain({}),
  'hosted zone and certificate': ownDomain({ certificateArn }),
  Okta: signedInAt('Okta'),
  'Entra ID': signedInAt('Entra ID'),
  Auth0: signedInAt('Auth0'),
  Keycloak: signedInAt('Keycloak'),
  'an issuer with client_id in its tokens': signedInAt('an issuer with client_id in its tokens'),
} as const satisfies Record<string, Variant>

export type VariantName = keyof typeof VARIANTS
