import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fullDiff } from '@aws-cdk/cloudformation-diff'
import { afterAll, describe, expect, test } from '@jest/globals'
import { lossesOf } from '../commands/diff.ts'
import { STACKS } from '../commands/synthesize.ts'
import type { Template } from '../synthesized-templates.ts'
import { callerPolicy } from './caller-policy.ts'
import type { Call, Reply } from './fake-aws.ts'
import { NO_STACK, runCommand } from './run-command.ts'
import { stage } from './stages.ts'

const directory = mkdtempSync(join(tmpdir(), 'agent-identity-diff-'))
afterAll(() => rmSync(directory, { recursive: true }))

const sandbox = stage('sandbox').templates
const production = stage('production').templates

/** @param deployed by the stack's name without the stage */
function deployedAre(deployed: Readonly<Record<string, Template>>) {
  return ({ parameters: { StackName } }: Call): Reply => {
    const template = deployed[String(StackName).replace('agent-identity-sandbox-', '')]
    if (!template) return NO_STACK
    const body = JSON.stringify(template).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
    // As CloudFormation returns it.
    return { xml: `<TemplateBody>${body.replace(/[^\x20-\x7e]/g, '?')}</TemplateBody>` }
  }
}

const withResource = (
  template: Template | undefined,
  id: string,
  resource: Template['Resources'][string],
): Template => ({
  ...template,
  Resources: { ...template?.Resources, [id]: resource },
})

test('diff finds no change in what is deployed, and changes nothing itself', async () => {
  const { stdout, stderr, status, calls } = await runCommand(directory, ['diff'], { GetTemplate: deployedAre(sandbox) })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  for (const stack of STACKS) expect(stdout).toContain(`agent-identity-sandbox-${stack}: no change\n`)
  expect(stdout).toContain('Nothing that holds data would be replaced or removed.')
  const made = new Set(calls.map(({ operation }) => operation))
  const allowed = callerPolicy('diff').actions.map((action) => action.replace('cloudformation:', ''))
  expect([...made].toSorted()).toEqual(['GetCallerIdentity', ...allowed])
})

test('diff exits with 1 when a credential provider would be removed, and shows every change', async () => {
  const { network: _, ...others } = sandbox
  const deployed = {
    ...others,
    identity: withResource(sandbox.identity, 'GitHub', {
      Type: 'AWS::BedrockAgentCore::OAuth2CredentialProvider',
      Properties: { Name: 'agent-identity-sandbox-github' },
    }),
    edge: withResource(sandbox.edge, 'Topic', { Type: 'AWS::SNS::Topic' }),
  }
  const { stdout, stderr, status } = await runCommand(directory, ['diff'], { GetTemplate: deployedAre(deployed) })
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr:
      'A deployment would lose data:\n- agent-identity-sandbox-identity: AWS::BedrockAgentCore::OAuth2CredentialProvider GitHub is deleted\n',
  })
  expect(stdout).toContain('agent-identity-sandbox-network: not deployed yet\n')
  expect(stdout).toMatch(/\[-\] AWS::SNS::Topic Topic destroy/)
  expect(stdout).toMatch(/\[-\] AWS::BedrockAgentCore::OAuth2CredentialProvider GitHub destroy/)
  expect(stdout).not.toContain('Nothing that holds data')
})

test('diff that cannot read a deployed template is an error in one sentence', async () => {
  const { stderr, status } = await runCommand(directory, ['diff'], {})
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: 'The template of agent-identity-sandbox-network cannot be read (AccessDenied).\n',
  })
})

describe('a loss of data', () => {
  const resources = Object.values(production).flatMap(({ Resources }) => Object.entries(Resources))
  const only = (Resources: Template['Resources']): Template => ({ Resources })

  test.each([
    ['AWS::BedrockAgentCore::OAuth2CredentialProvider', { Name: 'other' }],
    ['AWS::BedrockAgentCore::WorkloadIdentity', { Name: 'other' }],
    ['AWS::Cognito::UserPoolClient', { UserPoolId: 'other' }],
    ['AWS::ElastiCache::ReplicationGroup', { CacheSubnetGroupName: 'other' }],
    ['AWS::Logs::LogGroup', { LogGroupName: 'other' }],
    ['AWS::S3::Bucket', { BucketName: 'other' }],
    ['AWS::SecretsManager::Secret', { Name: 'other' }],
  ])('is the replacement of each %s', (type, change) => {
    const found = resources.filter(([, { Type }]) => Type === type)
    expect(found.length).toBeGreaterThan(0)
    for (const [id, resource] of found) {
      const changed = { ...resource, Properties: { ...resource.Properties, ...change } }
      expect(lossesOf(fullDiff(only({ [id]: resource }), only({ [id]: changed })))).toEqual([
        `${type} ${id} is replaced`,
      ])
    }
  })

  test.each([
    'AWS::BedrockAgentCore::OAuth2CredentialProvider',
    'AWS::BedrockAgentCore::WorkloadIdentity',
    'AWS::Cognito::UserPool',
    'AWS::Cognito::UserPoolClient',
    'AWS::ElastiCache::ReplicationGroup',
    'AWS::KMS::Key',
    'AWS::Logs::LogGroup',
    'AWS::S3::Bucket',
    'AWS::SecretsManager::Secret',
  ])('is the removal of each %s, also when CloudFormation leaves it behind', (type) => {
    const found = resources.filter(([, { Type }]) => Type === type)
    expect(found.length).toBeGreaterThan(0)
    for (const [id, { DeletionPolicy: _, ...resource }] of found) {
      const kept = { ...resource, DeletionPolicy: 'RetainExceptOnCreate' }
      expect(lossesOf(fullDiff(only({ [id]: resource }), only({})))).toEqual([`${type} ${id} is deleted`])
      expect(lossesOf(fullDiff(only({ [id]: kept }), only({})))).toEqual([
        `${type} ${id} is left behind, and no longer used`,
      ])
    }
  })

  test('is the removal of an API key', () => {
    const resource = { Type: 'AWS::BedrockAgentCore::ApiKeyCredentialProvider' }
    expect(lossesOf(fullDiff(only({ Key: resource }), only({})))).toHaveLength(1)
  })

  test('is a replacement that CloudFormation decides later', () => {
    const nodes = (count: number) =>
      only({ Store: { Type: 'AWS::ElastiCache::ReplicationGroup', Properties: { NumNodeGroups: count } } })
    expect(lossesOf(fullDiff(nodes(1), nodes(2)))).toEqual(['AWS::ElastiCache::ReplicationGroup Store may be replaced'])
  })

  test('is not a new resource, an update in place, or the removal of what holds no data', () => {
    const [[id, group] = ['', { Type: '' }]] = resources.filter(([, { Type }]) => Type === 'AWS::Logs::LogGroup')
    const longer = { ...group, Properties: { ...group.Properties, RetentionInDays: 400 } }
    expect(lossesOf(fullDiff(only({}), only({ [id]: group })))).toEqual([])
    expect(lossesOf(fullDiff(only({ [id]: group }), only({ [id]: longer })))).toEqual([])
    expect(lossesOf(fullDiff(only({ Topic: { Type: 'AWS::SNS::Topic' } }), only({})))).toEqual([])
  })
})
