import type { ExistingListener, ExistingVpc } from '../constructs/options.ts'

/** What an account has before this app is deployed to it. */
export const OWN_VPC: ExistingVpc = {
  vpcId: 'vpc-0123456789abcdef0',
  availabilityZones: ['us-east-1a', 'us-east-1b'],
  serviceSubnetIds: ['subnet-0aaaaaaaaaaaaaaa1', 'subnet-0aaaaaaaaaaaaaaa2'],
  publicSubnetIds: ['subnet-0bbbbbbbbbbbbbbb1', 'subnet-0bbbbbbbbbbbbbbb2'],
}

export const OWN_LISTENER: ExistingListener = {
  kind: 'existing-listener',
  domainName: 'agents.example.com',
  listenerArn:
    'arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/shared/0123456789abcdef/fedcba9876543210',
  securityGroupId: 'sg-0123456789abcdef0',
  firstRulePriority: 1_200,
  trustedProxies: 2,
}
