import { describe, expect, test } from '@jest/globals'
import { App, Stack } from 'aws-cdk-lib'
import { AGENTCORE_REGIONS } from '../agentcore-regions.ts'
import { checkProviderNames } from '../check-names.ts'
import { checkStage } from '../check-stage.ts'
import { openIdMcpClients } from '../constructs/mcp-clients.ts'
import type { ExistingListener, ExistingRedis, ExistingVpc, OpenIdProvider } from '../constructs/options.ts'
import { WorkloadIdentity } from '../constructs/workload-identity.ts'
import { type DeploymentContext, readDeployment } from '../read-deployment.ts'
import { STAGES, type Stage } from '../stages.ts'
import { CONTEXTS } from './stages.ts'
import { MCP_AT_OWN_PROVIDER, OPENID_PROVIDERS, OWN_LISTENER, OWN_REDIS, OWN_VPC } from './what-you-have.ts'

describe('an impossible deployment fails with what to set', () => {
  const { certificateArn, domainName, region } = CONTEXTS.production
  const owned = { stage: 'production', region, domainName, certificateArn }

  test.each<[string, DeploymentContext, string]>([
    [
      'a stage that does not exist',
      { stage: 'staging' },
      'There is no stage "staging": use one of sandbox, production, or add yours to infra/stages.ts.',
    ],
    [
      'production without a domain',
      { stage: 'production' },
      'Stage "production" has its own domain: give -c domainName=agents.example.com.',
    ],
    [
      'a domain that is a URL',
      { ...owned, domainName: 'http://agents.example.com' },
      'domainName "http://agents.example.com" must be a bare host name in lower case, such as agents.example.com; https is implied.',
    ],
    [
      'production without a certificate',
      { stage: 'production', domainName },
      'Stage "production" needs a certificate for agents.example.com: give -c certificateArn=… of an issued ACM certificate, or -c hostedZoneId=…',
    ],
    [
      'a hosted zone by its name',
      { stage: 'production', region, domainName, hostedZoneId: 'example.com' },
      'hostedZoneId "example.com" must be Route 53\'s id, such as Z0123456789ABCDEFGHIJ.',
    ],
    [
      'a certificate of another Region',
      { ...owned, region: 'us-east-1' },
      'The load balancer takes certificates of its own Region only: certificateArn must begin with arn:aws:acm:us-east-1:.',
    ],
    [
      'a provider without its client',
      { providers: 'github' },
      'Provider "github" is switched on without its OAuth client: store {"clientId":"…","clientSecret":"…"} in Secrets Manager and give -c githubSecret=<the secret\'s name or ARN>.',
    ],
    [
      'a provider that does not exist',
      { providers: 'profile,gitlab' },
      'There is no provider "gitlab": use some of github, google-calendar',
    ],
    [
      'a Region without the default model',
      { region: 'sa-east-1' },
      'The default model, Amazon Nova 2 Lite, cannot be called in "sa-east-1": give -c modelId=… with a model or an inference profile of that Region.',
    ],
    [
      'a Region without AgentCore Identity',
      { region: 'us-gov-east-1' },
      'AgentCore Identity is not offered in "us-gov-east-1": give -c region=… with one of us-east-1, us-east-2,',
    ],
  ])('%s', (_what, context, sentence) => {
    expect(() => readDeployment(context)).toThrow(
      expect.objectContaining({ name: 'DeploymentError', message: expect.stringContaining(sentence) }),
    )
  })

  test('a return URL that is not https', () => {
    const stack = new Stack(new App(), 'stack')
    const identity = {
      name: 'x',
      returnUrl: 'http://agents.example.com/return',
      proof: { kind: 'user-id', prefix: 'x' },
    } as const
    expect(() => new WorkloadIdentity(stack, 'identity', identity)).toThrow(
      "The return URL http://agents.example.com/return must be https: AgentCore sends the user's browser there.",
    )
  })
})

test('administrators come from the context, and there are none without a group', () => {
  expect(readDeployment({}).administrators).toBeUndefined()
  expect(readDeployment({ adminGroup: 'ops', adminGroupClaim: 'roles' }).administrators).toEqual({
    group: 'ops',
    claim: 'roles',
  })
  for (const context of [{ adminGroup: '' }, { adminGroupClaim: 'roles' }, { adminGroup: 'ops', adminGroupClaim: '' }])
    expect(() => readDeployment(context)).toThrow('Administrators need the name of a group: give -c adminGroup=…')
})

test('by default it is the sandbox with the profile provider', () => {
  expect(readDeployment({})).toMatchObject({
    name: 'sandbox',
    region: 'us-east-1',
    providers: [{ provider: { id: 'profile' } }],
  })
})

test('providers come from the context, with their clients', () => {
  expect(readDeployment({ providers: 'profile, github', githubSecret: 'agents/github' }).providers).toEqual([
    { provider: expect.objectContaining({ id: 'profile' }) },
    { provider: expect.objectContaining({ id: 'github' }), secret: 'agents/github', parameters: {} },
  ])
})

test.each([
  ['us-west-2', 'us.amazon.nova-2-lite-v1:0'],
  ['ca-central-1', 'us.amazon.nova-2-lite-v1:0'],
  ['eu-central-1', 'eu.amazon.nova-2-lite-v1:0'],
  ['eu-west-2', 'global.amazon.nova-2-lite-v1:0'],
  ['ap-northeast-1', 'jp.amazon.nova-2-lite-v1:0'],
  ['ap-southeast-2', 'global.amazon.nova-2-lite-v1:0'],
])('in %s the model is %s', (region, modelId) => {
  expect(readDeployment({ region }).modelId).toBe(modelId)
})

test('every Region of AgentCore has a default model, or asks for one', () => {
  const without = AGENTCORE_REGIONS.filter((region) => {
    try {
      readDeployment({ region })
      return false
    } catch (error) {
      expect((error as Error).message).toContain('give -c modelId=')
      return true
    }
  })
  expect(without).toEqual(['sa-east-1', 'ap-south-2'])
  for (const region of without)
    expect(readDeployment({ region, modelId: 'a.model-v1:0' })).toMatchObject({ region, modelId: 'a.model-v1:0' })
})

describe('the names of credential providers in one account', () => {
  const named = (stage: string, id: string, credential: 'user' | 'api-key' = 'user') => ({
    stage: { name: stage },
    provider: { id, credential },
  })

  test.each([
    ['of two providers', named('sandbox', 'google'), named('sandbox', 'google-calendar')],
    ['of two stages', named('sandbox', 'github'), named('sandbox-github', 'calendar')],
    ['of two keys', named('sandbox', 'store', 'api-key'), named('sandbox', 'store-invoices', 'api-key')],
  ])('are refused where the second goes on with eight characters: %s', (_what, one, other) => {
    for (const both of [
      [one, other],
      [other, one],
    ])
      expect(() => checkProviderNames(both)).toThrow(
        /^The credential providers agent-identity-\S+ and agent-identity-\S+ cannot be in one account: .*rename one\.$/,
      )
  })

  test.each([
    ['seven characters', named('sandbox', 'google'), named('sandbox', 'google-seven77')],
    ['nine characters', named('sandbox', 'google'), named('sandbox', 'google-nine99999')],
    ['a client and a key', named('sandbox', 'store'), named('sandbox', 'store-invoices', 'api-key')],
  ])('may differ otherwise: %s', (_what, one, other) => {
    expect(() => checkProviderNames([one, other])).not.toThrow()
  })
})

test('-c mcp=true switches the MCP server on, and every stage has it off', () => {
  expect(STAGES.map(({ mcp }) => mcp.enabled)).toEqual(STAGES.map(() => false))
  expect(readDeployment({ mcp: 'true' }).mcp.enabled).toBe(true)
  expect(readDeployment({ mcp: 'false' }).mcp.enabled).toBe(false)
  expect(() => readDeployment({ mcp: 'yes' })).toThrow('-c mcp=yes says neither true nor false')
})

describe('a stage with an MCP server', () => {
  const having = (mcp: Partial<Stage['mcp']>, change: Partial<Stage> = {}) => {
    const [sandbox] = STAGES
    if (!sandbox) throw new Error('There is no sandbox')
    return () => checkStage({ ...sandbox, mcp: { ...sandbox.mcp, enabled: true, ...mcp }, ...change })
  }
  const { Okta } = OPENID_PROVIDERS
  const { clients } = MCP_AT_OWN_PROVIDER

  test('at Cognito has redirect URIs that Cognito takes', () => {
    expect(having({})).not.toThrow()
    expect(having({ redirectUris: ['https://vscode.dev/redirect', 'cursor://anysphere/callback'] })).not.toThrow()
    for (const uri of [
      'http://agents.example.com/cb',
      'http://localhost.example/cb',
      'nothing',
      'https://a.example/#x',
    ])
      expect(having({ redirectUris: [uri] })).toThrow(`mcp.redirectUris has "${uri}"`)
    expect(having({ redirectUris: [] })).toThrow('at least one redirect URI')
    expect(having({ redirectUris: [], enabled: false })).not.toThrow()
  })

  test('names web pages by their whole origins', () => {
    expect(having({ allowedOrigins: ['https://inspector.example.com', 'http://localhost:6274'] })).not.toThrow()
    for (const origin of [
      '*',
      'inspector.example.com',
      'https://inspector.example.com/',
      'https://a.example,https://b.example',
    ])
      expect(having({ allowedOrigins: [origin] })).toThrow(`mcp.allowedOrigins has "${origin}"`)
  })

  test('mints with tokens, and not by user id', () => {
    expect(having({}, { identityArtifact: 'user-id' })).toThrow('needs identityArtifact "jwt"')
  })

  test('at an OpenID provider names clients of its own', () => {
    const at = (mcp: Partial<Stage['mcp']>) => having(mcp, { signIn: Okta })
    expect(at(MCP_AT_OWN_PROVIDER)).not.toThrow()
    expect(at({})).toThrow('set mcp.clients.ids')
    expect(at({ clients: { ids: ['a,b'] } })).toThrow('without spaces and commas')
    expect(at({ clients: { ids: ['editor', Okta.clientId] } })).toThrow('must not name the client that signs users in')
    const resource = 'https://agents.example.com/mcp'
    const taking = (aud: string, audience?: string) => () =>
      openIdMcpClients({ tokenClaim: { aud } }, { ids: ['editor'], ...(audience && { audience }) }, resource)
    expect(taking(Okta.tokenClaim.aud)).not.toThrow()
    expect(taking(Okta.tokenClaim.aud, Okta.tokenClaim.aud)).toThrow('must not be the audience of')
    expect(taking(resource)).toThrow('must not be the audience of')
    expect(taking(resource, 'api://mcp')).not.toThrow()
  })

  test('in an existing Redis has a user of its own', () => {
    const { 'mcp-server': own, ...two } = OWN_REDIS.users
    const at = (users: ExistingRedis['users']) =>
      having({ ...(clients && { clients }) }, { sessionStore: { ...OWN_REDIS, users } })
    expect(at({ ...two, 'mcp-server': own })).not.toThrow()
    expect(at(two)).toThrow("set sessionStore.users['mcp-server']")
    expect(at({ ...two, 'mcp-server': two['agent-workload'] })).toThrow("set sessionStore.users['mcp-server']")
  })
})

test('a stage asks first at providers that there are', () => {
  const [sandbox] = STAGES
  if (!sandbox) throw new Error('There is no sandbox')
  const asking =
    (...askFirst: string[]) =>
    () =>
      checkStage({ ...sandbox, changes: { perTurn: 5, askFirst } })
  expect(asking('github')).not.toThrow()
  expect(asking('github', 'githbu')).toThrow('changes.askFirst names githbu; use some of')
})

describe('a stage in an existing VPC', () => {
  const inYours = (network: Partial<ExistingVpc>, entrance: Stage['entrance'] = { kind: 'cloudfront' }) => {
    const [sandbox] = STAGES
    if (!sandbox) throw new Error('There is no sandbox')
    return () => checkStage({ ...sandbox, entrance, network: { ...OWN_VPC, interfaceEndpoints: false, ...network } })
  }

  test('has subnets for the services, as many in each zone', () => {
    expect(inYours({})).not.toThrow()
    expect(inYours({ serviceSubnetIds: [] })).toThrow('needs subnets for the services: set network.serviceSubnetIds.')
    expect(inYours({ serviceSubnetIds: ['subnet-1'] })).toThrow('network.serviceSubnetIds must name as many subnets')
    expect(inYours({ storeSubnetIds: ['a', 'b', 'c'] })).toThrow('network.storeSubnetIds must name as many subnets')
    expect(inYours({ availabilityZones: [] })).toThrow('network.serviceSubnetIds must name as many subnets')
  })

  test('has public subnets if it makes a public load balancer', () => {
    expect(inYours({ publicSubnetIds: [] }, { kind: 'own-domain' })).toThrow('set network.publicSubnetIds')
  })
})

describe('a stage behind an existing listener', () => {
  const behind = (entrance: Partial<ExistingListener>, change: Partial<Stage> = {}) => {
    const [sandbox] = STAGES
    if (!sandbox) throw new Error('There is no sandbox')
    const network = { ...OWN_VPC, interfaceEndpoints: false }
    return () => checkStage({ ...sandbox, network, entrance: { ...OWN_LISTENER, ...entrance }, ...change })
  }

  test('names a listener of an application load balancer, in its Region and its VPC', () => {
    expect(behind({})).not.toThrow()
    expect(behind({ listenerArn: 'arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/x/1' })).toThrow(
      "must be that of an application load balancer's listener",
    )
    expect(behind({}, { region: 'eu-west-1' })).toThrow('its listener must be there too')
    const [sandbox] = STAGES
    expect(behind({}, sandbox && { network: sandbox.network })).toThrow('set network.vpcId as well')
  })
})

describe('a stage with an existing Redis', () => {
  const having = (store: Partial<ExistingRedis>) => {
    const [sandbox] = STAGES
    if (!sandbox) throw new Error('There is no sandbox')
    return () => checkStage({ ...sandbox, sessionStore: { ...OWN_REDIS, ...store } })
  }

  test('reaches it over TLS, as two users, and has no password in its address', () => {
    expect(having({})).not.toThrow()
    for (const url of ['redis://redis.example:6379', 'rediss://user:secret@redis.example:6379', 'rediss://', 'redis'])
      expect(having({ url })).toThrow('with TLS, and without a user and a password')
    const { 'agent-workload': workload } = OWN_REDIS.users
    expect(having({ users: { 'agent-workload': workload, 'session-binding': workload } })).toThrow('need two users')
  })
})

describe('a stage with an existing OpenID provider', () => {
  const signedInAt = (provider: Partial<OpenIdProvider>) => {
    const [sandbox] = STAGES
    if (!sandbox) throw new Error('There is no sandbox')
    return () => checkStage({ ...sandbox, signIn: { ...OPENID_PROVIDERS['Entra ID'], ...provider } })
  }

  test.each(Object.entries(OPENID_PROVIDERS))('may be %s', (_name, provider) => {
    expect(signedInAt(provider)).not.toThrow()
  })

  test.each<[string, Partial<OpenIdProvider>, string]>([
    ['without TLS', { issuer: 'http://issuer.example' }, 'must be an https URL'],
    ['of every tenant', { issuer: 'https://login.microsoftonline.com/common/v2.0' }, 'must name one tenant'],
    ['without OpenID', { scopes: 'profile' }, 'must include openid'],
    ['for an audience without a name', { tokenClaim: { aud: '' } }, 'must not be empty'],
    ['with a state of its own', { authorizationParameters: { state: 'x' } }, 'must not set state'],
  ])('is none %s', (_what, provider, sentence) => {
    expect(signedInAt(provider)).toThrow(sentence)
  })
})
