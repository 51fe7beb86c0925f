import type { Reply } from './fake-aws.ts'
import type { Answers } from './run-command.ts'
import { OWN_LISTENER, OWN_VPC } from './what-you-have.ts'

/** No output may contain it. */
export const SECRET_VALUE = 'a-secret-that-no-message-may-contain'

const items = (list: string, all: readonly string[]) =>
  `<${list}>${all.map((one) => `<item>${one}</item>`).join('')}</${list}>`
export const ec2 = (operation: string, list: string, all: readonly string[]): Reply => ({
  document: `<${operation}Response>${items(list, all)}</${operation}Response>`,
})
export const ofStage = (name: string) =>
  items('tagSet', [
    '<key>project</key><value>agentcore-identity-on-ecs</value>',
    `<key>stage</key><value>${name}</value>`,
  ])
export const subnet = (id: string, zone: string, vpc = OWN_VPC.vpcId) =>
  `<subnetId>${id}</subnetId><vpcId>${vpc}</vpcId><availabilityZone>${zone}</availabilityZone>`
export const certificate = (change: object = {}): Reply => ({
  json: { Certificate: { Status: 'ISSUED', DomainName: '*.example.com', SubjectAlternativeNames: [], ...change } },
})
export const zone = (name: string, isPrivate = false): Reply => ({
  document: `<GetHostedZoneResponse><HostedZone><Id>Z1</Id><Name>${name}</Name><CallerReference>x</CallerReference><Config><PrivateZone>${isPrivate}</PrivateZone></Config></HostedZone></GetHostedZoneResponse>`,
})
export const model = (change: object = {}): Reply => ({
  json: {
    regionAvailability: 'AVAILABLE',
    authorizationStatus: 'AUTHORIZED',
    entitlementAvailability: 'AVAILABLE',
    agreementAvailability: { status: 'AVAILABLE' },
    ...change,
  },
})
export const listener = (protocol: string): Reply => ({
  xml: `<Listeners><member><LoadBalancerArn>arn:of:load-balancer</LoadBalancerArn><Protocol>${protocol}</Protocol></member></Listeners>`,
})
export const loadBalancer = (vpc: string, group: string): Reply => ({
  xml: `<LoadBalancers><member><VpcId>${vpc}</VpcId><SecurityGroups><member>${group}</member></SecurityGroups></member></LoadBalancers>`,
})
export const missing: Reply = { status: 400, json: { __type: 'ResourceNotFoundException', message: 'not there' } }
export const stored = (SecretString: string): Reply => ({ json: { SecretString } })

export const SUBNETS = [
  subnet('subnet-0aaaaaaaaaaaaaaa1', 'us-east-1a'),
  subnet('subnet-0aaaaaaaaaaaaaaa2', 'us-east-1b'),
  subnet('subnet-0bbbbbbbbbbbbbbb1', 'us-east-1a'),
  subnet('subnet-0bbbbbbbbbbbbbbb2', 'us-east-1b'),
]

/** What AWS answers to the questions before a deployment when nothing is wrong. */
export const IN_ORDER: Answers = {
  DescribeSecret: { json: { Name: 'x' } },
  GetSecretValue: ({ parameters: { SecretId } }) =>
    /binding|mcp/.test(String(SecretId))
      ? stored(SECRET_VALUE)
      : stored(JSON.stringify({ clientId: 'id', clientSecret: SECRET_VALUE, password: SECRET_VALUE })),
  DescribeCertificate: certificate(),
  GetHostedZone: zone('example.com.'),
  GetInferenceProfile: { json: { status: 'ACTIVE' } },
  GetFoundationModelAvailability: model(),
  GetServiceQuota: ({ parameters: { ServiceCode } }) => ({
    json: { Quota: { Value: ServiceCode === 'fargate' ? 64 : 5 } },
  }),
  DescribeVpcs: ec2('DescribeVpcs', 'vpcSet', [`<vpcId>${OWN_VPC.vpcId}</vpcId>`]),
  DescribeAddresses: ec2('DescribeAddresses', 'addressesSet', []),
  DescribeSubnets: ec2('DescribeSubnets', 'subnetSet', SUBNETS),
  DescribeSecurityGroups: ec2('DescribeSecurityGroups', 'securityGroupInfo', [
    `<groupId>${OWN_LISTENER.securityGroupId}</groupId>`,
    '<groupId>sg-0fedcba9876543210</groupId>',
  ]),
  DescribeListeners: listener('HTTPS'),
  DescribeLoadBalancers: loadBalancer(OWN_VPC.vpcId, OWN_LISTENER.securityGroupId),
}
