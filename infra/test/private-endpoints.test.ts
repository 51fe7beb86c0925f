import { describe, expect, test } from '@jest/globals'
import type { Json, JsonObject } from '../json.ts'
import { stage } from './stages.ts'
import { readable } from './statements.ts'

describe.each([
  ['production', 'eu-west-1', () => stage('production')],
  // Behind CloudFront, and in a Region where zones are chosen by id.
  ['a sandbox with private endpoints', 'us-east-1', () => stage('private endpoints')],
] as const)('in %s', (_name, region, synthesize) => {
  const app = synthesize()
  const found = (type: string) =>
    app.resources(type).map(({ stack, logicalId, properties }) => ({
      logicalId,
      properties: app.resolve(stack, properties, readable) as JsonObject,
    }))
  const nameOf = (reference: Json | undefined) => String(reference).replace(/^<|>$|\..*$/g, '')

  function routesOf(service: string) {
    const [task] = found('AWS::ECS::Service').filter(({ logicalId }) => logicalId.startsWith(service))
    const network = task?.properties.NetworkConfiguration as { AwsvpcConfiguration: { Subnets: Json[] } } | undefined
    const subnets = (network?.AwsvpcConfiguration.Subnets ?? []).map(nameOf)
    const tables = found('AWS::EC2::SubnetRouteTableAssociation')
      .filter(({ properties }) => subnets.includes(nameOf(properties.SubnetId)))
      .map(({ properties }) => nameOf(properties.RouteTableId))
    const inTables = (table: Json | undefined) => tables.includes(nameOf(table))
    return {
      subnets,
      tables,
      routes: found('AWS::EC2::Route').filter(({ properties }) => inTables(properties.RouteTableId)),
      gateways: found('AWS::EC2::VPCEndpoint').filter(({ properties }) =>
        ((properties.RouteTableIds ?? []) as Json[]).some(inTables),
      ),
    }
  }

  test('session binding’s tasks have no route out of the VPC, except to the layers of their image', () => {
    const { subnets, tables, routes, gateways } = routesOf('SessionBinding')
    expect([subnets.length, new Set(tables).size]).toEqual([2, 2])
    expect(routes).toEqual([])
    expect(
      gateways.map(({ properties: { ServiceName, VpcEndpointType, PolicyDocument } }) => [
        VpcEndpointType,
        ServiceName,
        (PolicyDocument as { Statement: Json }).Statement,
      ]),
    ).toEqual([
      [
        'Gateway',
        'com.amazonaws.<AWS::Region>.s3',
        [
          {
            Action: 's3:GetObject',
            Effect: 'Allow',
            Principal: { AWS: '*' },
            Resource: `arn:aws:s3:::prod-${region}-starport-layer-bucket/*`,
          },
        ],
      ],
    ])
    // The test would see such a route: the agent workload has one.
    expect(routesOf('AgentWorkload').routes.map(({ properties }) => properties.DestinationCidrBlock)).toContain(
      '0.0.0.0/0',
    )
  })

  test('session binding’s subnets are its own, one in each of two zones', () => {
    const { subnets } = routesOf('SessionBinding')
    expect(routesOf('AgentWorkload').subnets.filter((subnet) => subnets.includes(subnet))).toEqual([])
    const own = found('AWS::EC2::Subnet').filter(({ logicalId }) => subnets.includes(logicalId))
    const zones = own.map(({ properties }) =>
      JSON.stringify(properties.AvailabilityZoneId ?? properties.AvailabilityZone),
    )
    expect(new Set(zones).size).toBe(2)
    expect(zones).not.toContain(undefined)
    for (const { properties } of found('AWS::ElastiCache::SubnetGroup'))
      expect((properties.SubnetIds as Json[]).map(nameOf).filter((subnet) => subnets.includes(subnet))).toEqual([])
  })

  test('session binding may open connections to endpoints, to image layers and to the store, and to nothing else', () => {
    const group = found('AWS::EC2::SecurityGroup').find(
      ({ properties }) => properties.GroupDescription === 'Session binding tasks',
    )
    expect(group?.properties.SecurityGroupEgress).toBeUndefined()
    const ways = found('AWS::EC2::SecurityGroupEgress')
      .filter(({ properties }) => nameOf(properties.GroupId) === group?.logicalId)
      .map(({ properties: { DestinationSecurityGroupId, DestinationPrefixListId, IpProtocol, FromPort } }) =>
        [nameOf(DestinationSecurityGroupId ?? DestinationPrefixListId).slice(0, -8), IpProtocol, FromPort].join(' '),
      )
    expect(ways.sort()).toEqual(['TrafficEndpoints tcp 443', 'TrafficImageLayers tcp 443', 'TrafficStore tcp 6379'])
    const [lookup] = found('Custom::AWS').filter(({ logicalId }) => logicalId.startsWith('TrafficImageLayers'))
    expect(lookup?.properties.Create).toContain(`"com.amazonaws.${region}.s3"`)
  })

  // Without a route to the internet, our tasks on Fargate need both endpoints of ECR, and those of S3, the log driver and Secrets Manager (ECR user
  // guide and ECS developer guide, vpc-endpoints).
  test('the services that a task calls answer in the VPC, under their usual names', () => {
    const endpoints = found('AWS::EC2::VPCEndpoint').filter(
      ({ properties }) => properties.VpcEndpointType === 'Interface',
    )
    const services = endpoints.map(({ properties }) =>
      String(properties.ServiceName).replace(`com.amazonaws.${region}.`, ''),
    )
    expect(services).toEqual(
      expect.arrayContaining(['bedrock-agentcore', 'secretsmanager', 'ecr.api', 'ecr.dkr', 'logs']),
    )
    for (const { properties } of endpoints) expect(properties.PrivateDnsEnabled).toBe(true)
  })
})
