import { describe, expect, test } from '@jest/globals'
import { STAGE_NAMES, stage } from './stages.ts'
import { identityStatements, type Statement } from './statements.ts'
import { EVERY_PROVIDER } from './variants.ts'

test('a function decrypts with its secret’s key, for that secret and through Secrets Manager only', () => {
  const decrypting = identityStatements(stage('every provider')).filter(
    ({ role, actions }) => role.includes('GitHubRevocation') && actions.includes('kms:Decrypt'),
  )
  expect(decrypting).toEqual([
    expect.objectContaining({
      resources: [EVERY_PROVIDER.githubSecretKeyArn],
      conditions: {
        StringEquals: { 'kms:ViaService': 'secretsmanager.us-east-1.amazonaws.com' },
        StringLike: {
          'kms:EncryptionContext:SecretARN': expect.stringMatching(/:secret:agents\/githubSecret-\?{6}$/),
        },
      },
    }),
  ])
})

describe.each(STAGE_NAMES)('in the %s stage', (name) => {
  const statements = () => identityStatements(stage(name))
  const allowing = () => statements().filter(({ effect }) => effect === 'Allow')
  const roleOf = ({ role }: Statement) => role.replace(/[0-9A-F]{8}$/, '')

  test('only these roles have these AgentCore actions', () => {
    const given = allowing().flatMap((statement) =>
      statement.actions
        .filter((action) => action.startsWith('bedrock-agentcore:') || action.startsWith('*'))
        .map((action) => `${roleOf(statement)} ${action}`),
    )
    expect(given.sort()).toEqual([
      'services/AgentWorkloadTaskRole bedrock-agentcore:GetResourceOauth2Token',
      'services/AgentWorkloadTaskRole bedrock-agentcore:GetWorkloadAccessTokenForJWT',
      'services/SessionBindingTaskRole bedrock-agentcore:CompleteResourceTokenAuth',
    ])
  })

  test('both task roles are denied the other’s actions, and every other way of minting', () => {
    const denied = statements().filter(({ effect }) => effect === 'Deny')
    expect(
      denied.every(({ resources, conditions }) => resources.join() === '*' && Object.keys(conditions).length === 0),
    ).toBe(true)
    expect(
      Object.fromEntries(
        denied.map((statement) => [roleOf(statement), statement.actions.map((action) => action.split(':')[1])]),
      ),
    ).toEqual({
      'services/AgentWorkloadTaskRole': [
        'CompleteResourceTokenAuth',
        'GetResourceApiKey',
        'GetResourcePaymentToken',
        'GetWorkloadAccessToken',
        'GetWorkloadAccessTokenForUserId',
      ],
      'services/SessionBindingTaskRole': [
        'GetResourceApiKey',
        'GetResourceOauth2Token',
        'GetResourcePaymentToken',
        'GetWorkloadAccessToken',
        'GetWorkloadAccessTokenForJWT',
        'GetWorkloadAccessTokenForUserId',
      ],
    })
  })

  test('the task roles have permissions only for AgentCore and its client secrets, and the agent workload’s for the model and functions', () => {
    const actions = (role: string) =>
      allowing()
        .filter((statement) => roleOf(statement) === role)
        .flatMap((statement) => statement.actions)
        .filter((action) => !action.startsWith('bedrock-agentcore:'))
    expect(new Set(actions('services/AgentWorkloadTaskRole'))).toEqual(
      new Set([
        'secretsmanager:GetSecretValue',
        ...(name === 'production' ? ['lambda:InvokeFunction'] : []),
        'bedrock:InvokeModel',
        'bedrock:InvokeModelWithResponseStream',
      ]),
    )
    expect(new Set(actions('services/SessionBindingTaskRole'))).toEqual(new Set(['secretsmanager:GetSecretValue']))
  })

  test('only the agent workload may call a function, and only the one that ends GitHub’s tokens', () => {
    const calling = allowing().filter(({ actions }) => actions.some((action) => /^(lambda:|\*)/.test(action)))
    expect(calling.map((statement) => [roleOf(statement), statement.actions, statement.resources])).toEqual(
      name === 'sandbox'
        ? []
        : [
            [
              'services/AgentWorkloadTaskRole',
              ['lambda:InvokeFunction'],
              [expect.stringMatching(/^<GitHubRevocationFunction\w{8}\.Arn>$/)],
            ],
          ],
    )
    expect(stage(name).resources('AWS::Lambda::Permission')).toEqual([])
    expect(stage(name).resources('AWS::Lambda::Url')).toEqual([])
  })

  test('the function that ends GitHub’s tokens may read its client’s secret and write its log, and nothing else', () => {
    const given = allowing()
      .filter((statement) => roleOf(statement) === 'services/GitHubRevocationRole')
      .map(({ actions, resources }) => [actions, resources])
    const account = `eu-west-1:<AWS::AccountId>`
    expect(given).toEqual(
      name === 'sandbox'
        ? []
        : [
            [['secretsmanager:GetSecretValue'], [`arn:aws:secretsmanager:${account}:secret:agents/github-??????`]],
            [
              ['logs:CreateLogStream', 'logs:PutLogEvents'],
              [expect.stringMatching(/^<GitHubRevocationLogs\w{8}\.Arn>$/)],
            ],
          ],
    )
  })

  test('no action is a wildcard', () => {
    expect(allowing().filter(({ actions }) => actions.some((action) => /[*?]/.test(action)))).toEqual([])
  })

  const WIDE: Readonly<Record<string, string>> = {
    'ecr:GetAuthorizationToken on *': 'takes no resource',
    'ec2:DescribeManagedPrefixLists on *': 'takes no resource',
    'bedrock:InvokeModel on arn:aws:bedrock:*::foundation-model/amazon.nova-2-lite-v1:0':
      'the inference profile chooses the Region',
    'bedrock:InvokeModelWithResponseStream on arn:aws:bedrock:*::foundation-model/amazon.nova-2-lite-v1:0':
      'the inference profile chooses the Region',
  }

  test('no resource is a wildcard, except a few with a reason', () => {
    // The question marks for what AgentCore and Secrets Manager append to a secret's name do not count as wildcards.
    const wide = allowing().flatMap(({ actions, resources }) =>
      resources
        .filter((resource) => resource.includes('*') || resource.replace(/(-\?{8})?-\?{6}$/, '').includes('?'))
        .flatMap((resource) => actions.map((action) => `${action} on ${resource}`)),
    )
    expect(wide.filter((grant) => WIDE[grant] === undefined)).toEqual([])
  })

  test('ECS may read exactly the secrets of the container that it starts', () => {
    const secretsOf = (role: string) =>
      allowing()
        .filter(
          (statement) => roleOf(statement) === role && statement.actions.includes('secretsmanager:GetSecretValue'),
        )
        .flatMap(({ resources }) => resources.map((resource) => resource.replace(/[0-9A-F]{8}>$/, '>')))
    expect(secretsOf('services/SessionBindingExecutionRole').sort()).toEqual([
      '<IdentityArtifactKeys>',
      '<UserSessionKeys>',
      '<sessionbindingPassword>',
    ])
    expect(secretsOf('services/AgentWorkloadExecutionRole').sort()).toEqual([
      '<IdentityArtifactKeys>',
      '<SignInClientSecret>',
      '<TurnKeys>',
      '<UserSessionKeys>',
      '<UserTokensKeys>',
      '<agentworkloadPassword>',
    ])
  })

  test('only AWS services assume roles, and tasks only of this account', () => {
    for (const { properties } of stage(name).resources('AWS::IAM::Role')) {
      const { Statement } = properties.AssumeRolePolicyDocument as unknown as {
        Statement: { Principal: Record<string, unknown>; Condition?: Record<string, Record<string, unknown>> }[]
      }
      for (const { Principal, Condition } of Statement) {
        expect(Object.keys(Principal)).toEqual(['Service'])
        if (Principal.Service === 'ecs-tasks.amazonaws.com')
          expect(Condition?.StringEquals?.['aws:SourceAccount']).toEqual({ Ref: 'AWS::AccountId' })
      }
    }
  })
})
