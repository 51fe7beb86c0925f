import { MCP_SERVER_PATHS, ROUTES } from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import type { JsonObject } from '../json.ts'
import { EXAMPLE, readServices } from '../read-services.ts'
import { outputsOf } from './references.ts'
import { stage } from './stages.ts'
import { readable } from './statements.ts'
import { OWN_LISTENER } from './what-you-have.ts'

/** Production, and a stage with an existing OpenID provider. */
const WITH = 'MCP server'
const BESIDE = 'MCP server beside what you have'

const properties = (name: typeof WITH | typeof BESIDE, type: string): JsonObject[] =>
  stage(name)
    .resources(type)
    .map(({ stack, properties }) => stage(name).resolve(stack, properties, readable) as JsonObject)

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

  test('gets codes only at the user’s own machine, by default', () => {
    const uris = client()?.CallbackURLs as string[]
    expect(uris.length).toBeGreaterThan(0)
    for (const uri of uris) expect(uri).toMatch(/^http:\/\/(localhost|127\.0\.0\.1):\d+(\/|$)/)
  })

  test('has a resource server whose identifier is the MCP server’s URL, for the `resource` of RFC 8707', () => {
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

test('the firewall has the exceptions for MCP clients', () => {
  const [acl] = properties(WITH, 'AWS::WAFv2::WebACL')
  const rules = (acl?.Rules ?? []) as JsonObject[]
  const textOf = (name: string) => JSON.stringify(rules.find(({ Name }) => Name === name))
  expect(textOf('bodies')).toContain(`"SearchString":"${ROUTES.mcp}"`)
  expect(textOf('user-agents')).toContain(`"SearchString":"${ROUTES.mcp}"`)
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
      // These two get CONNECTION_KEYS.
      'services/AgentWorkloadExecutionRoleDefaultPolicy',
      'services/AgentWorkloadTask',
      'session-store/SessionStoreUsers',
    ])
    const after = new Set(resourcesOf(on).map(({ id }) => id))
    expect([...before.keys()].filter((id) => !after.has(id))).toEqual([])
  })
})
