import { describe, expect, test } from '@jest/globals'
import type { JsonObject } from '../json.ts'
import { EXAMPLE, readServices } from '../read-services.ts'
import { agentCoreActions, arnsOf, type OwnNames } from './agentcore-resources.ts'
import { allows, isAllowed, type RequestContext } from './simulate.ts'
import { stage } from './stages.ts'

/** Production, and a stage with an existing OpenID provider. */
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

  test('is denied all other actions on credentials: a policy that is attached later cannot allow them', () => {
    for (const action of [
      COMPLETE,
      'bedrock-agentcore:GetResourceApiKey',
      'bedrock-agentcore:GetResourcePaymentToken',
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
    ['without any claim', {}],
  ])('mints with no token %s', (_what, context) => {
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
