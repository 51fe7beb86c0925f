import { describe, expect, test } from '@jest/globals'
import { SynthesizedApp } from '../synthesized-app.ts'
import { CONTEXTS } from './stages.ts'
import { OWN_VPC } from './what-you-have.ts'

/** The logical ids of what a stage would make, by type. */
const made = (app: SynthesizedApp, ...types: string[]) =>
  types.flatMap((type) => app.resources(`AWS::${type}`).map(({ logicalId }) => `${type} ${logicalId}`))

describe('in a VPC that is there already', () => {
  const app = new SynthesizedApp(CONTEXTS.sandbox, { network: { ...OWN_VPC, interfaceEndpoints: false } })

  test('makes no network, and no flow logs: they are its owner’s', () => {
    expect(
      made(
        app,
        ...['VPC', 'Subnet', 'NatGateway', 'InternetGateway', 'EIP', 'RouteTable', 'FlowLog', 'VPCEndpoint'].map(
          (type) => `EC2::${type}`,
        ),
      ),
    ).toEqual([])
  })

  test('puts services, load balancer and store into the subnets that it is given', () => {
    for (const { properties } of app.resources('AWS::ECS::Service'))
      expect(properties.NetworkConfiguration).toMatchObject({
        AwsvpcConfiguration: { Subnets: OWN_VPC.serviceSubnetIds, AssignPublicIp: 'DISABLED' },
      })
    for (const type of ['AWS::ElasticLoadBalancingV2::LoadBalancer', 'AWS::ElastiCache::SubnetGroup'])
      for (const { properties } of app.resources(type))
        expect(properties.Subnets ?? properties.SubnetIds).toEqual(OWN_VPC.serviceSubnetIds)
    for (const { properties } of app.resources('AWS::EC2::SecurityGroup')) expect(properties.VpcId).toBe(OWN_VPC.vpcId)
  })

  test('puts a public load balancer into its public subnets', () => {
    const { domainName, certificateArn } = CONTEXTS.production
    const [loadBalancer] = new SynthesizedApp(CONTEXTS.sandbox, {
      network: { ...OWN_VPC, interfaceEndpoints: false },
      entrance: { kind: 'own-domain', domainName, certificateArn },
    }).resources('AWS::ElasticLoadBalancingV2::LoadBalancer')
    expect(loadBalancer?.properties.Subnets).toEqual(OWN_VPC.publicSubnetIds)
  })
})
