import { describe, expect, test } from '@jest/globals'
import { App, Stack } from 'aws-cdk-lib'
import { AGENTCORE_REGIONS } from '../agentcore-regions.ts'
import { WorkloadIdentity } from '../constructs/workload-identity.ts'
import { type DeploymentContext, readDeployment, readStage } from '../read-deployment.ts'
import { CONTEXTS } from './stages.ts'

describe('an impossible deployment fails with what to set', () => {
  const { certificateArn, domainName, region } = CONTEXTS.production
  const owned = { stage: 'production', region, domainName, certificateArn }

  test.each<[string, DeploymentContext, string | RegExp]>([
    [
      'a stage that does not exist',
      { stage: 'staging' },
      /^There is no stage "staging": use one of .*\bproduction\b.*, or add infra\/stages\/staging\.ts\.$/,
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
      'a provider without its key',
      { providers: 'warehouse' },
      'Provider "warehouse" is switched on without its API key: get a key from those who run the warehouse API, store {"apiKey":"…"} in Secrets Manager and give -c warehouseSecret=<the secret\'s name or ARN>.',
    ],
    ['a provider twice', { providers: 'profile,profile' }, 'Provider "profile" is named twice.'],
    [
      'a provider that does not exist',
      { providers: 'profile,gitlab' },
      'There is no provider "gitlab": use some of github, ',
    ],
    [
      'a Region without the default model',
      { region: 'sa-east-1' },
      'The default model, Amazon Nova 2 Lite, cannot be called in "sa-east-1": give -c modelId=… with a model or an inference profile of that Region.',
    ],
    [
      'the ARN of an inference profile as the model',
      { modelId: 'arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abcd1234efgh' },
      'modelId must be the id of a model or inference profile, not an ARN.',
    ],
    ['an empty model', { modelId: '' }, 'modelId is empty: give it a value, or leave it out.'],
    ['a blank secret of a provider', { githubSecret: ' ' }, 'githubSecret is empty: give it a value, or leave it out.'],
    ['an empty stage', { stage: '' }, 'stage is empty: give it a value, or leave it out.'],
    [
      'a Region without AgentCore Identity',
      { region: 'us-gov-east-1' },
      'AgentCore Identity is not offered in "us-gov-east-1": give -c region=… with one of us-east-1, us-east-2,',
    ],
  ])('%s', (_what, context, sentence) => {
    expect(() => readDeployment(context)).toThrow(
      expect.objectContaining({
        name: 'DeploymentError',
        message: typeof sentence === 'string' ? expect.stringContaining(sentence) : expect.stringMatching(sentence),
      }),
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
  expect(() => readDeployment({ adminGroupClaim: 'roles' })).toThrow('Administrators need the name of a group: give -c')
  expect(() => readDeployment({ adminGroup: '' })).toThrow('adminGroup is empty')
  expect(() => readDeployment({ adminGroup: 'ops', adminGroupClaim: '' })).toThrow('adminGroupClaim is empty')
})

test('an empty list of providers means none', () => {
  expect(readDeployment({ providers: '' }).providers).toEqual([])
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

test('-c mcp=true switches the MCP server on, and sandbox and production have it off', () => {
  for (const stage of ['sandbox', 'production']) expect(readStage({ stage }).mcp.enabled).toBe(false)
  expect(readDeployment({ mcp: 'true' }).mcp.enabled).toBe(true)
  expect(readDeployment({ mcp: 'false' }).mcp.enabled).toBe(false)
  expect(() => readDeployment({ mcp: 'yes' })).toThrow('-c mcp=yes says neither true nor false')
})
