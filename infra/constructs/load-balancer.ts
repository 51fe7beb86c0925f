import type * as ec2 from 'aws-cdk-lib/aws-ec2'
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2'
import type { Construct } from 'constructs'
import { acknowledge } from './acknowledge.ts'
import { ConnectionLogBucket } from './connection-log-bucket.ts'
import type { Network } from './network.ts'
import type { DeploymentOptions } from './options.ts'

interface LoadBalancerProps {
  deployment: DeploymentOptions
  network: Network
  securityGroup: ec2.ISecurityGroup
  isPublic: boolean
}

export function createLoadBalancer(scope: Construct, props: LoadBalancerProps): elbv2.ApplicationLoadBalancer {
  const { deployment, network, securityGroup, isPublic } = props
  // CloudFormation replaces a load balancer whose scheme changes. Another construct id gives its outputs other names, so that the stacks that read
  // them are deployed again, too (docs/decisions/0107-weak-references.md).
  const loadBalancer = new elbv2.ApplicationLoadBalancer(scope, isPublic ? 'PublicLoadBalancer' : 'LoadBalancer', {
    vpc: network.vpc,
    internetFacing: isPublic,
    vpcSubnets: isPublic ? network.subnets.public : network.subnets.services,
    securityGroup,
    deletionProtection: deployment.keepsData,
    dropInvalidHeaderFields: true,
    desyncMitigationMode: elbv2.DesyncMitigationMode.STRICTEST,
    // The last address in X-Forwarded-For must be the client's: a public load balancer appends it, and CloudFront before an internal one.
    xffHeaderProcessingMode: isPublic ? elbv2.XffHeaderProcessingMode.APPEND : elbv2.XffHeaderProcessingMode.PRESERVE,
  })
  // Behind CloudFront a connection log would show CloudFront's addresses.
  if (isPublic)
    loadBalancer.logConnectionLogs(
      new ConnectionLogBucket(scope, 'ConnectionLogs', { deployment }).bucket,
      'load-balancer',
    )
  acknowledge(loadBalancer, {
    'AwsSolutions-ELB2':
      'Access logs keep query strings, and with them the codes of sign-ins and the session URIs of returns. Each request is in its service’s own log without them; what the firewall stops is in the firewall’s.',
  })
  return loadBalancer
}
