import { describe, expect, test } from '@jest/globals'
import { EXAMPLE, readServices } from '../read-services.ts'
import type { SynthesizedTemplates } from '../synthesized-templates.ts'
import { CONTEXTS, stage } from './stages.ts'
import { identityStatements } from './statements.ts'
import { OWN_LISTENER, OWN_VPC } from './what-you-have.ts'

const made = (app: SynthesizedTemplates, ...types: string[]) =>
  types.flatMap((type) => app.resources(`AWS::${type}`).map(({ logicalId }) => `${type} ${logicalId}`))

describe('in an existing VPC', () => {
  const app = stage('own VPC')

  test('creates no network and no flow logs, which its owner manages', () => {
    expect(
      made(
        app,
        ...['VPC', 'Subnet', 'NatGateway', 'InternetGateway', 'EIP', 'RouteTable', 'FlowLog', 'VPCEndpoint'].map(
          (type) => `EC2::${type}`,
        ),
      ),
    ).toEqual([])
  })

  test('puts services, load balancer and store into the given subnets', () => {
    for (const { properties } of app.resources('AWS::ECS::Service'))
      expect(properties.NetworkConfiguration).toMatchObject({
        AwsvpcConfiguration: { Subnets: OWN_VPC.serviceSubnetIds, AssignPublicIp: 'DISABLED' },
      })
    for (const type of ['AWS::ElasticLoadBalancingV2::LoadBalancer', 'AWS::ElastiCache::SubnetGroup'])
      for (const { properties } of app.resources(type))
        expect(properties.Subnets ?? properties.SubnetIds).toEqual(OWN_VPC.serviceSubnetIds)
    for (const { properties } of app.resources('AWS::EC2::SecurityGroup')) expect(properties.VpcId).toBe(OWN_VPC.vpcId)
    // The deployment does not know the routes of these subnets.
    for (const { properties } of app.resources('AWS::ElastiCache::SubnetGroup'))
      expect(properties.Description).not.toMatch(/route/)
  })

  test('with private endpoints, session binding is in separate subnets and may connect to no address', () => {
    const app = stage('own VPC, private endpoints')
    const [sessionBinding] = app
      .resources('AWS::ECS::Service')
      .filter(({ logicalId }) => logicalId.startsWith('SessionBinding'))
    expect(sessionBinding?.properties.NetworkConfiguration).toMatchObject({
      AwsvpcConfiguration: { Subnets: ['subnet-0ccccccccccccccc1', 'subnet-0ccccccccccccccc2'] },
    })
    const [group] = app
      .resources('AWS::EC2::SecurityGroup')
      .filter(({ logicalId }) => logicalId.startsWith('TrafficSessionBinding'))
    expect(group?.properties.SecurityGroupEgress).toBeUndefined()
    expect(made(app, 'EC2::VPCEndpoint')).toHaveLength(6)
  })

  test('puts a public load balancer into its public subnets', () => {
    const [loadBalancer] = stage('own VPC, public').resources('AWS::ElasticLoadBalancingV2::LoadBalancer')
    expect(loadBalancer?.properties.Subnets).toEqual(OWN_VPC.publicSubnetIds)
  })
})

describe('behind an existing listener', () => {
  const app = stage('own listener')

  test('creates no load balancer, address or firewall, and no function that looks up addresses', () => {
    const types = [
      'ElasticLoadBalancingV2::LoadBalancer',
      'ElasticLoadBalancingV2::Listener',
      'CloudFront::Distribution',
    ]
    expect(made(app, ...types, 'WAFv2::WebACL', 'S3::Bucket', 'CertificateManager::Certificate')).toEqual([])
    expect(Object.values(app.templates.edge?.Resources ?? {}).map(({ Type }) => Type)).toEqual([
      'AWS::CloudFormation::WaitConditionHandle',
    ])
    expect(app.resources('AWS::Lambda::Function').filter(({ stack }) => stack !== 'identity')).toEqual([])
  })

  test('adds a rule for each service, and one that blocks disabled routes, for its own host only', () => {
    const rules = app.resources('AWS::ElasticLoadBalancingV2::ListenerRule').map(({ properties }) => properties)
    expect(rules.map(({ ListenerArn }) => ListenerArn)).toEqual(Array(3).fill(OWN_LISTENER.listenerArn))
    expect(rules.map(({ Priority }) => Priority).sort()).toEqual([1_200, 1_205, 1_210])
    for (const { Conditions } of rules)
      expect(Conditions).toContainEqual({
        Field: 'host-header',
        HostHeaderConfig: { Values: [OWN_LISTENER.domainName] },
      })
  })

  test('allows connections to the services only from its load balancer, and adds no rule to its group', () => {
    const ways = (direction: 'Ingress' | 'Egress', group: string, peer: string) =>
      app
        .resources(`AWS::EC2::SecurityGroup${direction}`)
        .filter(
          ({ properties }) => properties[group] === OWN_LISTENER.securityGroupId && properties[peer] !== undefined,
        )
        .map(({ properties }) => [properties.FromPort, properties.ToPort])
    // With an egress rule, CloudFormation would remove the owner's rule that allows all outgoing traffic (cfn-language-discussion#157).
    expect(ways('Egress', 'GroupId', 'DestinationSecurityGroupId')).toEqual([])
    expect(ways('Ingress', 'SourceSecurityGroupId', 'GroupId')).toEqual([
      [8080, 8080],
      [8080, 8080],
    ])
    expect(ways('Ingress', 'GroupId', 'GroupId')).toEqual([])
    for (const { properties } of app.resources('AWS::EC2::SecurityGroup'))
      expect(properties.SecurityGroupIngress).toBeUndefined()
  })

  test('gives the services its host, and the number of proxies in front of them', () => {
    for (const { values } of Object.values(readServices(app, EXAMPLE)))
      expect(values).toMatchObject({ PUBLIC_URL: 'https://agents.example.com', TRUSTED_PROXIES: '2' })
  })

  test('has alarms for the load balancer by its name in CloudWatch', () => {
    const dimensions = JSON.stringify(
      app.resources('AWS::CloudWatch::Alarm').map(({ properties }) => properties.Dimensions),
    )
    expect(dimensions).toContain('{"Name":"LoadBalancer","Value":"app/shared/0123456789abcdef"}')
  })
})

describe('in a hosted zone', () => {
  test('makes the certificate and the record', () => {
    const both = stage('hosted zone')
    const [certificate] = both.resources('AWS::CertificateManager::Certificate')
    expect(certificate?.properties).toMatchObject({
      DomainName: 'agents.example.com',
      ValidationMethod: 'DNS',
      DomainValidationOptions: [{ DomainName: 'agents.example.com', HostedZoneId: 'Z0123456789' }],
    })
    const [record] = both.resources('AWS::Route53::RecordSet')
    expect(record?.properties).toMatchObject({ Name: 'agents.example.com.', HostedZoneId: 'Z0123456789', Type: 'A' })
    expect(JSON.stringify(both.resources('AWS::ElasticLoadBalancingV2::Listener'))).toContain(
      `{"CertificateArn":{"Ref":"${certificate?.logicalId}"}}`,
    )
    expect(Object.keys(both.templates.edge?.Outputs ?? {})).not.toContainEqual(expect.stringMatching(/DnsTarget/))
  })

  test('uses the certificate that it is given', () => {
    const { certificateArn } = CONTEXTS.production
    const given = stage('hosted zone and certificate')
    expect(made(given, 'CertificateManager::Certificate')).toEqual([])
    expect(made(given, 'Route53::RecordSet')).toHaveLength(1)
    expect(JSON.stringify(given.resources('AWS::ElasticLoadBalancingV2::Listener'))).toContain(certificateArn)
  })
})

describe('with an existing Redis', () => {
  const app = stage('own listener and Redis')

  test('creates no store, no user of one and no alarm about one', () => {
    expect(app.resources('AWS::ElastiCache::User')).toEqual([])
    expect(JSON.stringify(app.templates)).not.toContain('AWS::ElastiCache')
  })

  test('with a VPC, a listener and a Redis of yours, the sandbox creates none', () => {
    const types = new Set(
      Object.values(app.templates).flatMap(({ Resources }) => Object.values(Resources).map(({ Type }) => Type)),
    )
    expect(
      [...types]
        .filter((type) => /^AWS::(EC2|ElastiCache|ElasticLoadBalancingV2|CloudFront|WAFv2)::/.test(type))
        .sort(),
    ).toEqual([
      'AWS::EC2::SecurityGroup',
      'AWS::EC2::SecurityGroupEgress',
      'AWS::EC2::SecurityGroupIngress',
      'AWS::ElasticLoadBalancingV2::ListenerRule',
      'AWS::ElasticLoadBalancingV2::TargetGroup',
    ])
  })

  test('gives each service its own user', () => {
    const { 'agent-workload': workload, 'session-binding': binding } = readServices(app, EXAMPLE)
    const common = { REDIS_URL: 'rediss://redis.example.internal:6380', REDIS_TOPOLOGY: 'cluster' }
    expect(workload.values).toMatchObject({ ...common, REDIS_USERNAME: 'agents-workload' })
    expect(binding.values).toMatchObject({ ...common, REDIS_USERNAME: 'agents-binding' })
  })

  test('allows connections from the services to it, at its port, and no others to its group', () => {
    const ways = app
      .resources('AWS::EC2::SecurityGroupIngress')
      .filter(({ properties }) => properties.GroupId === 'sg-0fedcba9876543210')
      .map(({ properties }) => [properties.FromPort, properties.ToPort])
    expect(ways).toEqual([
      [6380, 6380],
      [6380, 6380],
    ])
  })

  test('ECS reads each password for its own service only, also one that is given by its name', () => {
    const granted = (action: string, of: string) =>
      identityStatements(app)
        .filter(({ role, actions }) => role.includes('ExecutionRole') && actions.includes(action))
        .flatMap(({ role, resources, conditions }) =>
          resources.filter((resource) => resource.includes(of)).map((resource) => ({ role, resource, conditions })),
        )
    const workload = expect.stringContaining('services/AgentWorkloadExecutionRole')
    const password = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:redis/agents-workload-AbCdEf'
    expect(granted('secretsmanager:GetSecretValue', 'redis/')).toEqual([
      {
        role: expect.stringContaining('services/SessionBindingExecutionRole'),
        // The six characters are Secrets Manager's; a longer name does not match.
        resource: 'arn:aws:secretsmanager:us-east-1:<AWS::AccountId>:secret:redis/agents-binding-??????',
        conditions: {},
      },
      // Either this ARN is complete, or the name of the secret ends in `-AbCdEf`.
      { role: workload, resource: password, conditions: {} },
      { role: workload, resource: `${password}-??????`, conditions: {} },
    ])
    expect(granted('kms:Decrypt', 'arn:aws:kms:')).toEqual([
      {
        role: workload,
        resource: 'arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555',
        conditions: {
          StringEquals: {
            'kms:ViaService': 'secretsmanager.us-east-1.amazonaws.com',
          },
          StringLike: { 'kms:EncryptionContext:SecretARN': [password, `${password}-??????`] },
        },
      },
    ])
  })

  test('a field of a JSON secret has ECS’s syntax', () => {
    expect(JSON.stringify(app.templates.services)).toContain('redis/agents-workload-AbCdEf:password::"')
  })
})
