import { MCP_SERVER_PATHS, ROUTES } from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import type { JsonObject } from '../json.ts'
import { EXAMPLE, readServices } from '../read-services.ts'
import { agentCoreActions, arnsOf, type OwnNames } from './agentcore-resources.ts'
import { outputsOf } from './references.ts'
import { allows, isAllowed, type RequestContext } from './simulate.ts'
import { stage } from './stages.ts'
import { readable } from './statements.ts'
import { OWN_LISTENER } from './what-you-have.ts'

/** Production with `-c mcp=true`, and a stage that takes its users and clients from an OpenID provider. */
const WITH = 'MCP server'
const BESIDE = 'MCP server beside what you have'

const MINT = 'bedrock-agentcore:GetWorkloadAccessTokenForJWT'
const GET_TOKEN = 'bedrock-agentcore:GetResourceOauth2Token'
const COMPLETE = 'bedrock-agentcore:CompleteResourceTokenAuth'
const GET_SECRET = 'secretsmanager:GetSecretValue'
const ADMINISTRATOR: JsonObject = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
}

const claims = (values: Readonly<Record<string, string | string[]>>): RequestContext =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`bedrock-agentcore:InboundJwtClaim/${name}`, value]),
  )
const tokenOf = (client: string) => claims({ iss: EXAMPLE.issuer, client_id: client, sub: 'alice' })

const properties = (name: typeof WITH | typeof BESIDE, type: string): JsonObject[] =>
  stage(name)
    .resources(type)
    .map(({ stack, properties }) => stage(name).resolve(stack, properties, readable) as JsonObject)

const policiesOf = (name: typeof WITH | typeof BESIDE) => {
  const services = readServices(stage(name), EXAMPLE)
  return {
    mcp: services['mcp-server']?.taskRolePolicies ?? [],
    workload: services['agent-workload'].taskRolePolicies,
    binding: services['session-binding'].taskRolePolicies,
  }
}

describe('the role of the MCP server', () => {
  const own: OwnNames = {
    region: 'eu-west-1',
    accountId: EXAMPLE.accountId,
    workloadIdentity: 'agent-identity-production',
    provider: 'agent-identity-production-github',
  }
  const arns = arnsOf(own)
  const { mcp, workload, binding } = policiesOf(WITH)

  test('mints and gets tokens as the agent workload does, and may call no other action of AgentCore', async () => {
    const allowed: string[] = []
    for (const { action, resources } of await agentCoreActions(own))
      if (isAllowed(mcp, { action, resources, context: tokenOf('mcp-client') })) allowed.push(action)
    expect(allowed.sort()).toEqual([GET_TOKEN, MINT])
  })

  test('is denied all others of credentials: a policy that is attached later cannot allow them', () => {
    for (const action of [
      COMPLETE,
      'bedrock-agentcore:GetResourceApiKey',
      'bedrock-agentcore:GetWorkloadAccessToken',
      'bedrock-agentcore:GetWorkloadAccessTokenForUserId',
    ])
      expect([action, allows([...mcp, ADMINISTRATOR], action, '*', tokenOf('mcp-client'))]).toEqual([action, false])
  })

  test.each<[string, RequestContext]>([
    ['of the client that signs users in', tokenOf(EXAMPLE.signInClientId)],
    ['of another client, such as the profile provider’s', tokenOf('profile-client')],
    ['of another issuer', claims({ iss: 'https://issuer.example', client_id: 'mcp-client' })],
    ['without a client', claims({ iss: EXAMPLE.issuer })],
    ['that is none', {}],
  ])('mints for no token %s', (_what, context) => {
    expect(isAllowed(mcp, { action: MINT, resources: arns.mint, context })).toBe(false)
  })

  test('a client’s token proves nothing to the other two roles', () => {
    const context = tokenOf('mcp-client')
    expect(isAllowed(mcp, { action: MINT, resources: arns.mint, context })).toBe(true)
    expect(isAllowed(workload, { action: MINT, resources: arns.mint, context })).toBe(false)
    expect(isAllowed(binding, { action: COMPLETE, resources: arns.token, context })).toBe(false)
  })

  test.each([
    ['another identity', { workloadIdentity: 'somebody-elses' }],
    ['an identity whose name only begins the same', { workloadIdentity: `${own.workloadIdentity}-2` }],
    ['another provider', { provider: 'somebody-elses' }],
    ['another account', { accountId: '999999999999' }],
  ])('gets no token on %s', (_what, change) => {
    const { token } = arnsOf({ ...own, ...change })
    expect(isAllowed(mcp, { action: GET_TOKEN, resources: arns.token, context: {} })).toBe(true)
    expect(isAllowed(mcp, { action: GET_TOKEN, resources: token, context: {} })).toBe(false)
  })

  test('reads the client secrets that AgentCore keeps, calls no model, and has no further permission', () => {
    const ofAgentCore = { 'aws:ResourceTag/aws:secretsmanager:owningService': 'bedrock-agentcore-identity' }
    expect(allows(mcp, GET_SECRET, arns.secret, ofAgentCore)).toBe(true)
    expect(allows(mcp, GET_SECRET, arns.secret, {})).toBe(false)
    const allowed = mcp
      .flatMap(({ Statement }) => Statement as JsonObject[])
      .filter(({ Effect }) => Effect === 'Allow')
      .flatMap(({ Action }) => Action)
    expect(new Set(allowed)).toEqual(new Set([MINT, GET_TOKEN, GET_SECRET]))
  })
})

test('with an issuer that has no client_id, only tokens for the MCP server mint there, and none of them for the agent workload', () => {
  const { mcp, workload } = policiesOf(BESIDE)
  const issuer = 'https://example.okta.com/oauth2/aus1234567890abcdef'
  const names = { region: 'us-east-1', accountId: EXAMPLE.accountId, provider: 'agent-identity-sandbox-github' }
  const resources = arnsOf({ ...names, workloadIdentity: 'agent-identity-sandbox' }).mint
  const may = (policies: JsonObject[], aud: string) =>
    isAllowed(policies, { action: MINT, resources, context: claims({ iss: issuer, aud }) })
  const [forClients, ofSignIn] = ['https://agents.example.com/mcp', 'https://agents.example.com']
  expect([may(mcp, forClients), may(mcp, ofSignIn)]).toEqual([true, false])
  expect([may(workload, forClients), may(workload, ofSignIn)]).toEqual([false, true])
})

describe('the client of MCP clients at Cognito', () => {
  const client = () => properties(WITH, 'AWS::Cognito::UserPoolClient').find(({ GenerateSecret }) => !GenerateSecret)

  test('is public, for the code grant, with the scope for tools and nothing of the user', () => {
    expect(client()).toMatchObject({
      GenerateSecret: false,
      AllowedOAuthFlows: ['code'],
      AllowedOAuthScopes: ['https://agents.example.com/mcp/tools'],
      RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 60 },
      ExplicitAuthFlows: ['ALLOW_CUSTOM_AUTH'],
      EnableTokenRevocation: true,
      AccessTokenValidity: 60,
      RefreshTokenValidity: 12 * 60,
    })
    expect(client()).not.toHaveProperty('LogoutURLs')
  })

  test('sends codes to the user’s own machine only', () => {
    const uris = client()?.CallbackURLs as string[]
    expect(uris.length).toBeGreaterThan(0)
    for (const uri of uris) expect(uri).toMatch(/^http:\/\/(localhost|127\.0\.0\.1):\d+(\/|$)/)
  })

  test('asks for a resource server whose identifier is the MCP server’s URL, as RFC 8707 has it', () => {
    expect(properties(WITH, 'AWS::Cognito::UserPoolResourceServer')).toMatchObject([
      { Identifier: 'https://agents.example.com/mcp', Scopes: [{ ScopeName: 'tools' }] },
    ])
  })

  test('does not exist where users sign in elsewhere', () => {
    expect(properties(BESIDE, 'AWS::Cognito::UserPoolClient')).toEqual([])
    expect(readServices(stage(BESIDE), EXAMPLE)['mcp-server']?.values).toMatchObject({
      MCP_CLIENT_IDS: 'mcp-editor,mcp-terminal',
      MCP_SCOPE: 'mcp.tools',
      OIDC_ISSUER: 'https://example.okta.com/oauth2/aus1234567890abcdef',
    })
  })
})

test('the load balancer sends the contract’s paths to the MCP server, after session binding’s and before the rest', () => {
  const rulesOf = (name: typeof WITH | typeof BESIDE) =>
    properties(name, 'AWS::ElasticLoadBalancingV2::ListenerRule')
      .map(({ Priority, Conditions }) => {
        const conditions = (Conditions as { HostHeaderConfig?: JsonObject; PathPatternConfig?: JsonObject }[]).map(
          ({ HostHeaderConfig, PathPatternConfig }) => (HostHeaderConfig ?? PathPatternConfig)?.Values,
        )
        return [Priority, ...conditions]
      })
      .sort(([one], [other]) => Number(one) - Number(other))
  expect(rulesOf(WITH)[1]).toEqual([12, ['agents.example.com'], [...MCP_SERVER_PATHS]])
  expect(rulesOf(BESIDE)[1]?.[0]).toBe((OWN_LISTENER.firstRulePriority ?? 0) + 2)
})

test('the arguments of a tool may contain anything, as a question may; other bodies may not', () => {
  const [acl] = properties(WITH, 'AWS::WAFv2::WebACL')
  const rules = (acl?.Rules ?? []) as { Name: string; Statement: { AndStatement: { Statements: JsonObject[] } } }[]
  const [, exception] = rules.flatMap(({ Name, Statement }) =>
    Name === 'bodies' ? Statement.AndStatement.Statements : [],
  )
  const compared = [...JSON.stringify(exception).matchAll(/"PositionalConstraint":"(\w+)","SearchString":"([^"]+)"/g)]
  expect(compared.map(([, how, what]) => `${how} ${what}`)).toEqual([
    'EXACTLY POST',
    `EXACTLY ${ROUTES.turns}`,
    `EXACTLY ${ROUTES.mcp}`,
  ])
})

test('a program without a User-Agent reaches the MCP server, and nothing else', () => {
  const [acl] = properties(WITH, 'AWS::WAFv2::WebACL')
  const rules = (acl?.Rules ?? []) as JsonObject[]
  const at = (name: string) => rules.findIndex(({ Name }) => Name === name)
  expect(JSON.stringify(rules[at('AWSManagedRulesCommonRuleSet')])).toContain(
    '{"ActionToUse":{"Count":{}},"Name":"NoUserAgent_HEADER"}',
  )
  const blocks = rules[at('user-agents')] as JsonObject
  expect(blocks.Action).toEqual({ Block: {} })
  const [labelled, exception] = (blocks.Statement as { AndStatement: { Statements: JsonObject[] } }).AndStatement
    .Statements
  expect(labelled).toEqual({
    LabelMatchStatement: { Key: 'awswaf:managed:aws:core-rule-set:NoUserAgent_Header', Scope: 'LABEL' },
  })
  expect(Object.keys(exception ?? {})).toEqual(['NotStatement'])
  const compared = [...JSON.stringify(exception).matchAll(/"PositionalConstraint":"(\w+)","SearchString":"([^"]+)"/g)]
  expect(compared.map(([, how, what]) => [how, what])).toEqual(MCP_SERVER_PATHS.map((path) => ['EXACTLY', path]))
  // Labels are visible only to later rules.
  expect(at('user-agents')).toBeGreaterThan(at('AWSManagedRulesCommonRuleSet'))
})

test('agent workload and MCP server have one ring for connections; the MCP server’s own ring is in no other container', () => {
  const secrets = Object.fromEntries(
    properties(WITH, 'AWS::ECS::TaskDefinition')
      .flatMap(({ ContainerDefinitions }) => ContainerDefinitions as JsonObject[])
      .map(({ Name, Secrets }) => [
        Name,
        Object.fromEntries((Secrets as JsonObject[]).map(({ Name, ValueFrom }) => [Name, ValueFrom])),
      ]),
  )
  expect(Object.keys(secrets['mcp-server']).sort()).toEqual(['CONNECTION_KEYS', 'MCP_KEYS', 'REDIS_PASSWORD'])
  expect(secrets['mcp-server'].CONNECTION_KEYS).toBe(secrets['agent-workload'].CONNECTION_KEYS)
  expect(secrets['mcp-server'].CONNECTION_KEYS).not.toBe(secrets['agent-workload'].TURN_KEYS)
  const others = [secrets['agent-workload'], secrets['session-binding']].flatMap((each) => Object.values(each))
  expect(others).not.toContain(secrets['mcp-server'].MCP_KEYS)
  expect(Object.keys(secrets['session-binding'])).not.toContain('CONNECTION_KEYS')
})

describe('switching it on', () => {
  const [off, on] = [stage('production'), stage(WITH)]
  const resourcesOf = (app: typeof on) =>
    Object.entries(app.templates).flatMap(([stack, { Resources }]) =>
      Object.entries(Resources).map(([logicalId, resource]) => ({ id: `${stack}/${logicalId}`, resource })),
    )

  test('changes no output of another stack, exports nothing, and adds the outputs that it reads', () => {
    expect(outputsOf(on).filter(({ Export }) => Export !== undefined)).toEqual([])
    const before = outputsOf(off)
    const after = outputsOf(on)
    for (const output of before) expect(after).toContainEqual(output)
    const added = after.filter(({ stack, name }) => !before.some((one) => one.stack === stack && one.name === name))
    expect(added.filter(({ stack }) => stack !== 'services').map(({ stack, name }) => `${stack} ${name}`)).toEqual([
      expect.stringMatching(/^network PublishOutputFnGetAttTrafficEndpoints\w+GroupId\w+$/),
      expect.stringMatching(/^session-store PublishOutputRefmcpserverPassword\w+$/),
    ])
  })

  test('leaves the identity as it is, and changes these resources only', () => {
    expect(on.templates.identity).toEqual(off.templates.identity)
    const before = new Map(resourcesOf(off).map(({ id, resource }) => [id, resource]))
    const changed = resourcesOf(on).filter(({ id, resource }) => {
      const was = before.get(id)
      return was !== undefined && JSON.stringify(was) !== JSON.stringify(resource)
    })
    expect(changed.map(({ id }) => id.replace(/[0-9A-F]{8}$/, '')).sort()).toEqual([
      'edge/FirewallAcl',
      // CONNECTION_KEYS.
      'services/AgentWorkloadExecutionRoleDefaultPolicy',
      'services/AgentWorkloadTask',
      'session-store/SessionStoreUsers',
      'session-store/agentworkloadUser',
    ])
    const after = new Set(resourcesOf(on).map(({ id }) => id))
    expect([...before.keys()].filter((id) => !after.has(id))).toEqual([])
  })
})
