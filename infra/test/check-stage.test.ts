import { describe, expect, test } from '@jest/globals'
import { checkStage } from '../check-stage.ts'
import { openIdMcpClients } from '../constructs/mcp-clients.ts'
import type { ExistingListener, ExistingRedis, ExistingVpc, OpenIdProvider } from '../constructs/options.ts'
import { readStage } from '../read-deployment.ts'
import type { Stage } from '../stage-file.ts'
import { MCP_AT_OWN_PROVIDER, OPENID_PROVIDERS, OWN_LISTENER, OWN_REDIS, OWN_VPC } from './what-you-have.ts'

test.each([
  ['verify', false],
  ['verify-2', false],
  ['verified', true],
])('the name %s, as that of what verify makes and deletes, is taken: %s', (name, isTaken) => {
  const sandbox = readStage({ stage: 'sandbox' })
  const check = expect(() => checkStage({ ...sandbox, name }))
  if (isTaken) check.not.toThrow()
  else check.toThrow(`Stage "${name}": verify deletes`)
})

test.each([
  ['sandbox-github', true],
  ['team-7', true],
  ['a-name-of-sixtee', true],
  ['a-name-of-sevente', false],
  ['Sandbox', false],
  ['7-teams', false],
  ['a--b', false],
  ['a-', false],
  ['a_b', false],
  ['', false],
])('the name %j is one that ElastiCache takes in its ids: %s', (name, isTaken) => {
  const sandbox = readStage({ stage: 'sandbox' })
  const check = expect(() => checkStage({ ...sandbox, name }))
  if (isTaken) check.not.toThrow()
  else check.toThrow(`The name "${name}" must be at most 16`)
})

describe('a stage with an MCP server', () => {
  const having = (mcp: Partial<Stage['mcp']>, change: Partial<Stage> = {}) => {
    const sandbox = readStage({ stage: 'sandbox' })
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

test('a stage asks first only at providers that exist', () => {
  const sandbox = readStage({ stage: 'sandbox' })
  const asking =
    (...askFirst: string[]) =>
    () =>
      checkStage({ ...sandbox, changes: { perTurn: 5, askFirst } })
  expect(asking('github')).not.toThrow()
  expect(asking('github', 'githbu')).toThrow('changes.askFirst names githbu; use some of')
})

describe('a stage in an existing VPC', () => {
  const TWO_EACH = ['subnet-a1', 'subnet-b1', 'subnet-a2', 'subnet-b2']
  const inYours = (
    network: Partial<ExistingVpc & Stage['network']>,
    entrance: Stage['entrance'] = { kind: 'cloudfront' },
  ) => {
    const sandbox = readStage({ stage: 'sandbox' })
    return () => checkStage({ ...sandbox, entrance, network: { ...OWN_VPC, interfaceEndpoints: false, ...network } })
  }

  test('has subnets for the services, as many in each zone', () => {
    expect(inYours({})).not.toThrow()
    expect(inYours({ serviceSubnetIds: [] })).toThrow('needs subnets for the services: set network.serviceSubnetIds.')
    expect(inYours({ serviceSubnetIds: ['subnet-1'] })).toThrow('network.serviceSubnetIds must name as many subnets')
    expect(inYours({ storeSubnetIds: ['a', 'b', 'c'] })).toThrow('network.storeSubnetIds must name as many subnets')
    expect(inYours({ availabilityZones: [] })).toThrow('network.serviceSubnetIds must name as many subnets')
  })

  test.each<[string, Partial<Stage['network'] & ExistingVpc>, Stage['entrance'], string | undefined]>([
    ['its internal load balancer', { serviceSubnetIds: TWO_EACH }, { kind: 'cloudfront' }, 'serviceSubnetIds'],
    [
      'its private endpoints',
      { serviceSubnetIds: TWO_EACH, interfaceEndpoints: true },
      OWN_LISTENER,
      'serviceSubnetIds',
    ],
    ['its public load balancer', { publicSubnetIds: TWO_EACH }, { kind: 'own-domain' }, 'publicSubnetIds'],
    [
      'its load balancer, also where the list of zones repeats one',
      { availabilityZones: ['us-east-1a', 'us-east-1a'] },
      { kind: 'cloudfront' },
      'serviceSubnetIds',
    ],
    ['the services alone', { serviceSubnetIds: TWO_EACH }, OWN_LISTENER, undefined],
    ['the services behind a public load balancer', { serviceSubnetIds: TWO_EACH }, { kind: 'own-domain' }, undefined],
    ['nothing', { publicSubnetIds: TWO_EACH }, { kind: 'cloudfront' }, undefined],
    [
      'store and session binding',
      { storeSubnetIds: TWO_EACH, sessionBindingSubnetIds: TWO_EACH, interfaceEndpoints: true },
      { kind: 'cloudfront' },
      undefined,
    ],
  ])('two subnets in a zone, for %s', (_what, network, entrance, refused) => {
    const check = expect(inYours(network, entrance))
    if (refused) check.toThrow(`network.${refused} must name exactly one subnet in each zone`)
    else check.not.toThrow()
  })

  test.each<[string, Stage['entrance'], string | undefined]>([
    ['its internal load balancer', { kind: 'cloudfront' }, 'makes a load balancer, which needs two zones'],
    ['its public load balancer', { kind: 'own-domain' }, 'makes a load balancer, which needs two zones'],
    ['the services alone', OWN_LISTENER, undefined],
  ])('one zone, for %s', (_what, entrance, refused) => {
    const one = ['subnet-a1']
    const check = expect(
      inYours({ availabilityZones: ['us-east-1a'], serviceSubnetIds: one, publicSubnetIds: one }, entrance),
    )
    if (refused) check.toThrow(refused)
    else check.not.toThrow()
  })

  test('has public subnets if it makes a public load balancer', () => {
    expect(inYours({ publicSubnetIds: [] }, { kind: 'own-domain' })).toThrow('set network.publicSubnetIds')
  })
})

describe('a stage behind an existing listener', () => {
  const behind = (entrance: Partial<ExistingListener>, change: Partial<Stage> = {}) => {
    const sandbox = readStage({ stage: 'sandbox' })
    const network = { ...OWN_VPC, interfaceEndpoints: false }
    return () => checkStage({ ...sandbox, network, entrance: { ...OWN_LISTENER, ...entrance }, ...change })
  }

  test('names a listener of an application load balancer, in its Region and its VPC', () => {
    expect(behind({})).not.toThrow()
    expect(behind({ listenerArn: 'arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/x/1' })).toThrow(
      "must be that of an application load balancer's listener",
    )
    expect(behind({}, { region: 'eu-west-1' })).toThrow('its listener must be there too')
    const { network } = readStage({ stage: 'sandbox' })
    expect(behind({}, { network })).toThrow('set network.vpcId as well')
  })
})

describe('a stage with an existing Redis', () => {
  const having = (store: Partial<ExistingRedis>) => {
    const sandbox = readStage({ stage: 'sandbox' })
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
    const sandbox = readStage({ stage: 'sandbox' })
    return () => checkStage({ ...sandbox, signIn: { ...OPENID_PROVIDERS['Entra ID'], ...provider } })
  }

  test.each(Object.entries(OPENID_PROVIDERS))('may be %s', (_name, provider) => {
    expect(signedInAt(provider)).not.toThrow()
  })

  test.each<[string, Partial<OpenIdProvider>, string]>([
    ['without TLS', { issuer: 'http://issuer.example' }, 'must be an https URL'],
    [
      'of every tenant, without a version',
      { issuer: 'https://login.microsoftonline.com/common' },
      'must name one tenant',
    ],
    ['of every tenant', { issuer: 'https://login.microsoftonline.com/common/v2.0' }, 'must name one tenant'],
    ['without OpenID', { scopes: 'profile' }, 'must include openid'],
    ['for an audience without a name', { tokenClaim: { aud: '' } }, 'must not be empty'],
    ['with a state of its own', { authorizationParameters: { state: 'x' } }, 'must not set state'],
  ])('is refused %s', (_what, provider, sentence) => {
    expect(signedInAt(provider)).toThrow(sentence)
  })
})
