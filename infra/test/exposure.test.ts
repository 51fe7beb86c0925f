import {
  type AuthorizationId,
  ROUTES,
  returnUrlOf,
  SESSION_BINDING_PATHS,
  startAuthorizationPath,
} from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import type { JsonObject } from '../json.ts'
import { STAGE_NAMES, type StageName, stage } from './stages.ts'
import { readable } from './statements.ts'

describe.each(STAGE_NAMES)('in the %s stage', (name) => {
  const properties = (type: string) =>
    stage(name)
      .resources(type)
      .map(({ stack, properties }) => stage(name).resolve(stack, properties, readable) as JsonObject)

  const HOST: Record<StageName, RegExp> = {
    sandbox: /^https:\/\/<EntranceDistribution\w+\.DomainName>$/,
    production: /^https:\/\/agents\.example\.com$/,
  }
  const publicUrl = () =>
    String(stage(name).resolve('edge', stage(name).templates.edge?.Outputs?.Address?.Value ?? '', readable))

  test('the public address is the stage’s', () => {
    expect(publicUrl()).toMatch(HOST[name])
  })

  test('AgentCore may send users to exactly one URL, the contract’s', () => {
    const identities = properties('AWS::BedrockAgentCore::WorkloadIdentity')
    expect(identities.map((identity) => identity.AllowedResourceOauth2ReturnUrls)).toEqual([
      [`${publicUrl()}${new URL(returnUrlOf('https://any.example')).pathname}`],
    ])
  })

  test('Cognito may send users to exactly one URL after signing in, and one after signing out', () => {
    const [signIn] = properties('AWS::Cognito::UserPoolClient')
    expect(signIn?.CallbackURLs).toEqual([`${publicUrl()}${ROUTES.signInRedirect}`])
    expect(signIn?.LogoutURLs).toEqual([`${publicUrl()}${ROUTES.signedOut}`])
  })

  test('every connection is encrypted, except the named ones', () => {
    const withoutDomain = name === 'sandbox' ? ['load balancer :80 HTTP'] : []
    const legs = [
      ...properties('AWS::ElasticLoadBalancingV2::Listener')
        .filter(({ DefaultActions }) => (DefaultActions as JsonObject[])[0]?.Type !== 'redirect')
        .map(({ Port, Protocol }) => `load balancer :${Port} ${Protocol}`),
      ...properties('AWS::ElasticLoadBalancingV2::TargetGroup').map(
        ({ Port, Protocol }) => `tasks :${Port} ${Protocol}`,
      ),
    ].filter((leg) => !leg.endsWith('HTTPS'))
    // Inside the VPC: from the load balancer to the tasks and, in the sandbox, from CloudFront's VPC origin to the load balancer.
    expect(legs).toEqual([...withoutDomain, 'tasks :8080 HTTP', 'tasks :8080 HTTP'])

    for (const { DistributionConfig } of properties('AWS::CloudFront::Distribution'))
      expect((DistributionConfig as JsonObject).DefaultCacheBehavior).toMatchObject({
        ViewerProtocolPolicy: 'redirect-to-https',
      })
    for (const store of properties('AWS::ElastiCache::ReplicationGroup'))
      expect(store).toMatchObject({
        TransitEncryptionEnabled: true,
        TransitEncryptionMode: 'required',
        AtRestEncryptionEnabled: true,
      })
    for (const { Properties = {} } of stage(name)
      .resources('AWS::S3::BucketPolicy')
      .map(({ resource }) => resource))
      expect(JSON.stringify(Properties)).toContain('"aws:SecureTransport":"false"')
  })

  test('TLS listeners accept nothing older than 1.2', () => {
    const policies = properties('AWS::ElasticLoadBalancingV2::Listener').flatMap(({ SslPolicy }) => SslPolicy ?? [])
    expect(policies).toEqual(name === 'production' ? ['ELBSecurityPolicy-TLS13-1-2-PQ-2025-09'] : [])
  })

  test('only the edge is public', () => {
    expect(properties('AWS::ElasticLoadBalancingV2::LoadBalancer').map(({ Scheme }) => Scheme)).toEqual([
      name === 'production' ? 'internet-facing' : 'internal',
    ])
    expect(properties('AWS::EC2::Subnet').map(({ MapPublicIpOnLaunch }) => MapPublicIpOnLaunch)).toEqual(
      Array(8).fill(false),
    )
    for (const { NetworkConfiguration } of properties('AWS::ECS::Service'))
      expect(NetworkConfiguration).toMatchObject({ AwsvpcConfiguration: { AssignPublicIp: 'DISABLED' } })
    for (const bucket of properties('AWS::S3::Bucket'))
      expect(bucket.PublicAccessBlockConfiguration).toEqual({
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      })
  })

  test('only the edge accepts connections from outside', () => {
    const strangers = stage(name)
      .resources('AWS::EC2::SecurityGroup')
      .flatMap(({ logicalId, properties }) =>
        ((properties.SecurityGroupIngress ?? []) as JsonObject[])
          .filter(({ CidrIp, CidrIpv6 }) => CidrIp !== undefined || CidrIpv6 !== undefined)
          .map(({ FromPort }) => `${logicalId.replace(/[0-9A-F]{8}$/, '')} :${FromPort}`),
      )
    expect(strangers).toEqual(name === 'production' ? ['TrafficEdge :443', 'TrafficEdge :80'] : [])
  })

  test('the store and the load balancer open no connection to the internet', () => {
    const outward = stage(name)
      .resources('AWS::EC2::SecurityGroup')
      .filter(({ properties }) => JSON.stringify(properties.SecurityGroupEgress ?? '').includes('"0.0.0.0/0"'))
      .map(({ logicalId }) => logicalId.replace(/[0-9A-F]{8}$/, ''))
    expect(outward.sort()).toEqual(['TrafficAgentWorkload', ...(name === 'sandbox' ? ['TrafficSessionBinding'] : [])])
  })

  test('under the public host only, the contract’s paths reach session binding, all others the agent workload, and back-channel logout none', () => {
    const host = publicUrl().slice('https://'.length)
    const rules = properties('AWS::ElasticLoadBalancingV2::ListenerRule').map(({ Priority, Conditions }) => ({
      priority: Priority,
      conditions: (Conditions as JsonObject[]).map(
        ({ HostHeaderConfig, PathPatternConfig }) => HostHeaderConfig ?? PathPatternConfig,
      ),
    }))
    // Cognito sends no logout tokens.
    const closed = { priority: 15, conditions: [{ Values: [host] }, { Values: [ROUTES.backChannelLogout] }] }
    const byPriority = rules.toSorted((one, other) => Number(one.priority) - Number(other.priority))
    expect(byPriority).toEqual([
      { priority: 10, conditions: [{ Values: [host] }, { Values: [...SESSION_BINDING_PATHS] }] },
      closed,
      { priority: 20, conditions: [{ Values: [host] }, { Values: ['/*'] }] },
    ])
  })

  test('starting, returning and signing in are limited per address, and so are all other routes', () => {
    const [acl] = properties('AWS::WAFv2::WebACL')
    const rules = ((acl?.Rules ?? []) as JsonObject[]).flatMap(
      ({ Statement }) => (Statement as JsonObject).RateBasedStatement ?? [],
    )
    expect(rules).toHaveLength(2)
    const text = JSON.stringify(rules[0])
    const begins = [...text.matchAll(/"SearchString":"([^"]+)"/g)].map(([, prefix = '']) => prefix)
    const started = startAuthorizationPath('x.y' as AuthorizationId)
    for (const path of [started, ROUTES.sessionBinding, ROUTES.signIn, ROUTES.signInRedirect])
      expect(begins.some((prefix) => path.startsWith(prefix))).toBe(true)
    expect(rules[1]).not.toHaveProperty('ScopeDownStatement')
    const aggregate = name === 'sandbox' ? 'FORWARDED_IP' : 'IP'
    expect(rules.map((rule) => (rule as JsonObject).AggregateKeyType)).toEqual([aggregate, aggregate])
  })

  test('no log of the load balancer or of CloudFront contains query strings, because they carry codes and session URIs', () => {
    const [loadBalancer] = properties('AWS::ElasticLoadBalancingV2::LoadBalancer')
    const attributes = JSON.stringify(loadBalancer?.LoadBalancerAttributes)
    expect(attributes).not.toContain('"access_logs.s3.enabled","Value":"true"')
    expect(attributes.includes('"connection_logs.s3.enabled","Value":"true"')).toBe(name === 'production')
    for (const { DistributionConfig } of properties('AWS::CloudFront::Distribution'))
      expect(DistributionConfig).not.toHaveProperty('Logging')
    for (const type of ['AWS::Logs::DeliverySource', 'AWS::CloudFront::RealtimeLogConfig'])
      expect(properties(type)).toEqual([])
  })

  test('the reputation list is used where the connection is the browser’s', () => {
    const [acl] = properties('AWS::WAFv2::WebACL')
    expect(JSON.stringify(acl).includes('AWSManagedRulesAmazonIpReputationList')).toBe(name === 'production')
  })

  test('the firewall is on the load balancer and logs neither query strings nor cookies', () => {
    expect(properties('AWS::WAFv2::WebACLAssociation')).toHaveLength(1)
    const [logging] = properties('AWS::WAFv2::LoggingConfiguration')
    expect(logging?.RedactedFields).toEqual([
      { QueryString: {} },
      { SingleHeader: { Name: 'referer' } },
      { SingleHeader: { Name: 'cookie' } },
      { SingleHeader: { Name: 'authorization' } },
    ])
  })
})
