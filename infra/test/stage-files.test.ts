import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { deploymentContext } from '../commands/command-line.ts'
import { readDeployment, readStage } from '../read-deployment.ts'
import { readStages } from '../stages.ts'
import { inEnvironment } from './config.ts'
import { addStage } from './own-stage.ts'
import { stage } from './stages.ts'
import { SENDER } from './variants.ts'

const directory = mkdtempSync(join(tmpdir(), 'agent-identity-stage-files-'))
afterAll(() => rmSync(directory, { recursive: true }))

test('each file of the folder is a stage of that name, and nothing else is', () => {
  writeFileSync(
    join(directory, 'team-a.ts'),
    'const stage: object = { account: "111111111111" }\nexport default stage\n',
  )
  for (const other of ['team-a.test.ts', 'notes.md']) writeFileSync(join(directory, other), 'no stage')
  expect([...readStages(directory)]).toEqual([['team-a', { account: '111111111111' }]])
})

describe('a stage whose file has everything', () => {
  const certificateArn = 'arn:aws:acm:eu-west-1:111111111111:certificate/x'
  const key = 'arn:aws:kms:eu-west-1:111111111111:key/0a1b2c3d-0000-4000-8000-000000000000'
  addStage('everything', {
    account: '111111111111',
    region: 'eu-west-1',
    entrance: { kind: 'own-domain', domainName: 'agents.example.com', certificateArn },
    providers: [
      'profile',
      { id: 'github', secret: 'agents/github', secretKeyArn: key },
      { id: 'microsoft', secret: 'agents/microsoft', parameters: { tenant: 'contoso' } },
    ],
    alarmEmail: 'on-call@example.com',
  })
  const providersOf = (context = {}) => readDeployment({ stage: 'everything', ...context }).providers
  const id = (name: string) => expect.objectContaining({ id: name })

  test('needs no option', () => {
    expect(readDeployment({ stage: 'everything' })).toMatchObject({
      name: 'everything',
      account: '111111111111',
      region: 'eu-west-1',
      entrance: { domainName: 'agents.example.com', certificateArn },
      alarmEmail: 'on-call@example.com',
    })
    expect(providersOf()).toEqual([
      { provider: id('profile') },
      { provider: id('github'), secret: 'agents/github', secretKeyArn: key, parameters: {} },
      { provider: id('microsoft'), secret: 'agents/microsoft', parameters: { tenant: 'contoso' } },
    ])
  })

  test('-c overrides what the file says, and nothing else of it', () => {
    expect(providersOf({ providers: 'microsoft,github', githubSecret: 'other', microsoftTenant: 'fabrikam' })).toEqual([
      { provider: id('microsoft'), secret: 'agents/microsoft', parameters: { tenant: 'fabrikam' } },
      { provider: id('github'), secret: 'other', secretKeyArn: key, parameters: {} },
    ])
    const { alarmEmail, account } = readDeployment({ stage: 'everything', alarmEmail: 'night@example.com' })
    expect({ alarmEmail, account }).toEqual({ alarmEmail: 'night@example.com', account: '111111111111' })
  })
})

describe('the Region', () => {
  addStage('in-ireland', { region: 'eu-west-1' })
  addStage('anywhere', {})
  const regionOf = (stage: string, context: string[] = []) => readStage(deploymentContext({ stage, context })).region

  test('is the one of the file, whatever the environment says', () =>
    inEnvironment({ AWS_REGION: 'us-west-2' }, () => {
      expect(regionOf('in-ireland')).toBe('eu-west-1')
      expect(regionOf('in-ireland', ['region=eu-west-1'])).toBe('eu-west-1')
    }))

  test('of -c is refused when the file names another one', () => {
    expect(() => regionOf('in-ireland', ['region=us-west-2'])).toThrow(
      'Stage "in-ireland" is in eu-west-1 (infra/stages/in-ireland.ts), and -c region=us-west-2 names another Region',
    )
  })

  test('is free in a stage that names none', async () => {
    await inEnvironment({ AWS_REGION: 'us-west-2' }, () => {
      expect(regionOf('anywhere')).toBe('us-west-2')
      expect(regionOf('anywhere', ['region=eu-central-1'])).toBe('eu-central-1')
    })
    const nowhere = { AWS_REGION: undefined, AWS_DEFAULT_REGION: undefined, CDK_DEFAULT_REGION: undefined }
    await inEnvironment(nowhere, () => expect(regionOf('anywhere')).toBe('us-east-1'))
  })
})

test('what a stage says of e-mails and maintenance is in its templates', () => {
  const resources = (type: string) =>
    stage('asks first')
      .resources(type)
      .map(({ properties }) => properties)
  expect(resources('AWS::Cognito::UserPool')).toMatchObject([
    { EmailConfiguration: { EmailSendingAccount: 'DEVELOPER', From: SENDER.from, SourceArn: SENDER.identityArn } },
  ])
  expect(resources('AWS::SNS::Subscription')).toMatchObject([{ Protocol: 'email', Endpoint: 'on-call@example.com' }])
  expect(resources('AWS::ElastiCache::ReplicationGroup')).toMatchObject([
    { PreferredMaintenanceWindow: 'sun:03:00-sun:04:00' },
  ])
})

test('a stage that keeps its data keeps its credential providers, and another one does not', () => {
  const policies = (name: 'production' | 'every provider') =>
    Object.values(stage(name).templates.identity?.Resources ?? {}).flatMap(({ Type, DeletionPolicy }) =>
      /CredentialProvider$/.test(Type) ? [DeletionPolicy] : [],
    )
  expect(new Set(policies('production'))).toEqual(new Set(['RetainExceptOnCreate']))
  expect(new Set(policies('every provider'))).toEqual(new Set(['Delete']))
})

test.each([
  ['an account that is none', { account: '1111' }, 'account "1111" must be the twelve digits'],
  ['an alarm address that is none', { alarmEmail: 'on-call' }, 'alarmEmail "on-call" is no e-mail address.'],
  ...[
    ['Agents <agents@example.com>', 'example.com', undefined],
    ['agents@mail.example.com', 'example.com', undefined],
    ['Agents@example.com', 'agents@example.com', undefined],
    ['agents@example.com', 'other@example.com', 'must be an address of the SES identity other@example.com'],
    ['agents@example.com.evil.example', 'example.com', 'must be an address of the SES identity example.com'],
    ['agents@notexample.com', 'example.com', 'must be an address of the SES identity example.com'],
    ['agents', 'example.com', 'must be an address of the SES identity example.com'],
  ].map(([from = '', identity, refused]): [string, object, string | undefined] => [
    `${from} of ${identity}`,
    {
      signIn: {
        mfa: 'required',
        sender: { from, identityArn: `arn:aws:ses:eu-west-1:111111111111:identity/${identity}` },
      },
    },
    refused,
  ]),
  [
    'a sender without an SES identity',
    { signIn: { mfa: 'required', sender: { from: 'agents@example.com', identityArn: 'example.com' } } },
    'must be the ARN of an SES identity',
  ],
])('a stage with %s', (_what, change, refused) => {
  addStage('checked', { entrance: { kind: 'cloudfront' }, ...change })
  const read = expect(() => readDeployment({ stage: 'checked' }))
  if (refused) read.toThrow(refused)
  else read.not.toThrow()
})
