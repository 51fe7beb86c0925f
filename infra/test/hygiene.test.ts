import { describe, expect, test } from '@jest/globals'
import type { AppClientChoices } from '../constructs/app-client.ts'
import { idOfClient, PROFILE_CLIENT } from '../constructs/profile-provider.ts'
import type { Json, JsonObject } from '../json.ts'
import { STAGE_NAMES, type StageName, stage } from './stages.ts'

describe.each(STAGE_NAMES)('in the %s stage', (name) => {
  const resources = (type: string) => stage(name).resources(type)
  const everything = () => Object.values(stage(name).templates).flatMap(({ Resources }) => Object.values(Resources))

  test('no template contains a secret: each is a reference', () => {
    const secrets: Json[] = []
    for (const { Properties } of everything()) collect(Properties ?? {}, secrets)
    expect(secrets.length).toBeGreaterThan(3)
    for (const secret of secrets) {
      const text = JSON.stringify(secret)
      expect(text.includes('{{resolve:secretsmanager:') || /^\{"(Ref|Fn::GetAtt)"/.test(text)).toBe(true)
    }
  })

  function collect(value: Json, into: Json[]): void {
    if (value === null || typeof value !== 'object') return
    for (const [key, item] of Object.entries(value)) {
      if (/^(ClientSecret|SecretString|Passwords|AuthToken)$/.test(key))
        into.push(...(Array.isArray(item) ? item : [item]))
      else collect(item, into)
    }
  }

  test('log groups have a retention time and our key', () => {
    const groups = resources('AWS::Logs::LogGroup')
    expect(groups.length).toBeGreaterThan(4)
    for (const { properties } of groups) {
      expect(properties.RetentionInDays).toEqual(name === 'sandbox' ? 14 : 365)
      expect(properties.KmsKeyId).toBeDefined()
    }
  })

  test('no function creates its own log group', () => {
    for (const { properties } of resources('AWS::Lambda::Function'))
      expect(properties.LoggingConfig).toMatchObject({
        LogGroup: { Ref: expect.stringMatching(/^(CustomResources|GitHubRevocation)Logs/) },
      })
  })

  test('no function runs before its role has its permissions: no policy is attached later', () => {
    const attached = resources('AWS::IAM::Policy').flatMap(({ properties }) => JSON.stringify(properties.Roles))
    for (const { properties } of resources('AWS::Lambda::Function')) {
      const [role] = (properties.Role as JsonObject)['Fn::GetAtt'] as Json[]
      expect(attached.filter((roles) => roles.includes(`"${role}"`))).toEqual([])
    }
  })

  test('keys are rotated', () => {
    const keys = resources('AWS::KMS::Key')
    expect(keys).toHaveLength(name === 'sandbox' ? 4 : 5)
    for (const { properties } of keys) expect(properties.EnableKeyRotation).toBe(true)
  })

  test('containers have an unprivileged user, no writable disk, no capability and no ECS Exec', () => {
    const containers = resources('AWS::ECS::TaskDefinition').flatMap(
      ({ properties }) => properties.ContainerDefinitions as JsonObject[],
    )
    expect(containers).toHaveLength(2)
    for (const container of containers)
      expect(container).toMatchObject({
        User: expect.stringMatching(/^[1-9]\d*$/),
        ReadonlyRootFilesystem: true,
        LinuxParameters: { Capabilities: { Drop: ['ALL'] } },
      })
    for (const { properties } of resources('AWS::ECS::Service')) expect(properties.EnableExecuteCommand).toBe(false)
  })

  test('logging does not block a container, and loses no lines before 25 MiB are buffered', () => {
    for (const { properties } of resources('AWS::ECS::TaskDefinition'))
      for (const container of properties.ContainerDefinitions as JsonObject[])
        expect(container.LogConfiguration).toMatchObject({
          LogDriver: 'awslogs',
          Options: { mode: 'non-blocking', 'max-buffer-size': '26214400b' },
        })
  })

  test('the first tasks start after both roles have their policies', () => {
    for (const { stack, resource, properties } of resources('AWS::ECS::Service')) {
      const task = resources('AWS::ECS::TaskDefinition').find(
        ({ logicalId }) => logicalId === (properties.TaskDefinition as JsonObject).Ref,
      )
      const roles = [task?.properties.TaskRoleArn, task?.properties.ExecutionRoleArn].map((arn) =>
        String(((arn as JsonObject)['Fn::GetAtt'] as Json[])[0]),
      )
      const policies = resources('AWS::IAM::Policy')
        .filter((policy) => policy.stack === stack)
        .filter((policy) => (policy.properties.Roles as JsonObject[]).some(({ Ref }) => roles.includes(String(Ref))))
        .map(({ logicalId }) => logicalId)
      expect(policies).toHaveLength(2)
      expect(resource.DependsOn).toEqual(expect.arrayContaining(policies))
    }
  })

  test('ECS kills a container only after the longest stop, half of the drain time, then all of it and 10 s for the issuer, with a margin', () => {
    const containers = resources('AWS::ECS::TaskDefinition').flatMap(
      ({ properties }) => properties.ContainerDefinitions as JsonObject[],
    )
    const drains = containers.map(({ Environment, StopTimeout }) => {
      const drain = (Environment as JsonObject[]).find(({ Name }) => Name === 'SHUTDOWN_DRAIN_SECONDS')
      return { longest: 1.5 * Number(drain?.Value) + 10, killed: StopTimeout as number }
    })
    expect(drains.length).toBeGreaterThan(1)
    for (const { longest, killed } of drains) {
      expect(killed).toBeGreaterThanOrEqual(longest + 20)
      // The most that Fargate allows.
      expect(killed).toBeLessThanOrEqual(120)
    }
  })

  test('a deployment whose tasks do not start is rolled back', () => {
    for (const { properties } of resources('AWS::ECS::Service'))
      expect(properties.DeploymentConfiguration).toMatchObject({
        DeploymentCircuitBreaker: { Enable: true, Rollback: true },
        MinimumHealthyPercent: 100,
      })
  })

  test('a deployment leaves the number of tasks to autoscaling', () => {
    const services = resources('AWS::ECS::Service')
    expect(services).toHaveLength(2)
    for (const { logicalId, properties } of services) {
      expect(properties).not.toHaveProperty('DesiredCount')
      expect(minTasksOf(name, logicalId)).toBeGreaterThan(0)
    }
  })

  test('everything of ours runs on arm64', () => {
    for (const { properties } of resources('AWS::Lambda::Function').filter(({ stack }) => stack === 'services'))
      expect(properties.Architectures).toEqual(['arm64'])
    for (const { properties } of resources('AWS::ECS::TaskDefinition'))
      expect(properties.RuntimePlatform).toMatchObject({ CpuArchitecture: 'ARM64' })
  })

  test('other settings make another profile client: an update, rolled back, would leave it without its callback URL', () => {
    const clients = resources('AWS::Cognito::UserPoolClient').map(({ logicalId }) => logicalId)
    const begins = (choices: AppClientChoices) => clients.some((id) => id.startsWith(`Profile${idOfClient(choices)}`))
    expect(begins(PROFILE_CLIENT)).toBe(true)
    expect(begins({ ...PROFILE_CLIENT, refreshTokenMinutes: 60 })).toBe(false)
    expect(begins({ ...PROFILE_CLIENT, scopes: ['openid'] })).toBe(false)
  })

  test('the profile client keeps all of its settings when its callback URL is registered', () => {
    const client = resources('AWS::Cognito::UserPoolClient').find(({ logicalId }) => logicalId.startsWith('Profile'))
    const [call] = resources('Custom::AWS').filter(({ stack }) => stack === 'identity')
    const { Create, Update } = call?.properties ?? {}
    expect(Update).toEqual(Create)
    const { parameters } = JSON.parse(String(stage(name).resolve('identity', Create ?? '', ({ name }) => name)))
    const {
      GenerateSecret: _atCreationOnly,
      UserPoolId: _reference,
      CallbackURLs,
      ...settings
    } = client?.properties ?? {}
    expect(CallbackURLs).toEqual(['https://callback-url.invalid/'])
    const { UserPoolId: _pool, ClientId: _client, CallbackURLs: registered, ...sent } = parameters
    expect(registered).toEqual([expect.stringMatching(/^ProfileProvider/)])
    expect(sent).toEqual(settings)
  })
})

const minTasksOf = (name: StageName, service: string) =>
  stage(name)
    .resources('AWS::ApplicationAutoScaling::ScalableTarget')
    .find(({ properties }) => JSON.stringify(properties.ResourceId).includes(`"${service}"`))?.properties.MinCapacity

describe('the sandbox', () => {
  test('retains no resource when its stacks are deleted', () => {
    const kept = Object.values(stage('sandbox').templates).flatMap(({ Resources }) =>
      Object.entries(Resources).filter(([, resource]) => JSON.stringify(resource).includes('"Retain')),
    )
    expect(kept).toEqual([])
    // CloudFormation does not delete a bucket that is not empty.
    expect(stage('sandbox').resources('Custom::S3AutoDeleteObjects')).toHaveLength(
      stage('sandbox').resources('AWS::S3::Bucket').length,
    )
  })

  test('can be deleted', () => {
    const text = JSON.stringify(stage('sandbox').templates)
    expect(text).toContain('{"Key":"deletion_protection.enabled","Value":"false"}')
    expect(text).toContain('"DeletionProtection":"INACTIVE"')
  })
})

describe('production', () => {
  test('keeps users, secrets, keys, logs and buckets when a stack is deleted', () => {
    // A resource with a fixed name that a rolled-back creation left would block the next attempt.
    for (const type of ['AWS::SecretsManager::Secret', 'AWS::KMS::Key', 'AWS::Logs::LogGroup'])
      for (const { resource } of stage('production').resources(type))
        expect(resource).toMatchObject({ DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' })
    // A rollback cannot delete a protected user pool, or a bucket with objects.
    for (const type of ['AWS::Cognito::UserPool', 'AWS::S3::Bucket'])
      for (const { resource } of stage('production').resources(type))
        expect(resource).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' })
    const text = JSON.stringify(stage('production').templates)
    expect(text).toContain('{"Key":"deletion_protection.enabled","Value":"true"}')
    expect(text).toContain('"DeletionProtection":"ACTIVE"')
  })

  test('retains nothing with a fixed name when its creation is rolled back', () => {
    const named = Object.values(stage('production').templates).flatMap(({ Resources }) =>
      Object.entries(Resources).filter(
        ([, { DeletionPolicy, Properties = {} }]) =>
          DeletionPolicy === 'Retain' && Object.keys(Properties).some((property) => /^(\w+)?Name$/.test(property)),
      ),
    )
    expect(named.map(([logicalId]) => logicalId)).toEqual([])
  })

  test('another number of shards keeps the session store', () => {
    const [store] = stage('production').resources('AWS::ElastiCache::ReplicationGroup')
    expect(store?.resource.UpdatePolicy).toEqual({ UseOnlineResharding: true })
  })

  test('survives the loss of a zone', () => {
    const [store] = stage('production').resources('AWS::ElastiCache::ReplicationGroup')
    expect(store?.properties).toMatchObject({ MultiAZEnabled: true, AutomaticFailoverEnabled: true })
    expect(stage('production').resources('AWS::EC2::NatGateway')).toHaveLength(2)
    for (const { logicalId } of stage('production').resources('AWS::ECS::Service'))
      expect(minTasksOf('production', logicalId)).toBeGreaterThan(1)
  })

  test('records AgentCore’s calls', () => {
    const [trail] = stage('production').resources('AWS::CloudTrail::Trail')
    const selectors = JSON.stringify(trail?.properties.AdvancedEventSelectors)
    // AgentCore's calls are data events according to AWS's guide, and management events on live accounts.
    expect(selectors).toContain('AWS::BedrockAgentCore::OAuth2CredentialProvider')
    expect(selectors).toContain('{"Equals":["Management"],"Field":"eventCategory"}')
    expect(stage('sandbox').resources('AWS::CloudTrail::Trail')).toHaveLength(0)
  })
})
