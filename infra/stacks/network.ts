import { type App, Stack, type StackProps } from 'aws-cdk-lib'
import * as ec2 from 'aws-cdk-lib/aws-ec2'
import type { Construct } from 'constructs'
import { Alarms } from '../constructs/alarms.ts'
import { CustomResources } from '../constructs/custom-resources.ts'
import { FlowLogs } from '../constructs/flow-logs.ts'
import { LogsKey } from '../constructs/logs-key.ts'
import { createNetwork, existingNetwork, type Network } from '../constructs/network.ts'
import { PrivateEndpoints } from '../constructs/private-endpoints.ts'
import { portOfRedis } from '../constructs/redis-url.ts'
import { type ExistingStore, Traffic, type TrafficProps } from '../constructs/traffic.ts'
import type { Deployment } from '../read-deployment.ts'

interface NetworkProps extends StackProps {
  deployment: Deployment
}

export class NetworkStack extends Stack {
  readonly network: Network
  readonly traffic: Traffic
  readonly logsKey: LogsKey
  readonly alarms: Alarms

  constructor(app: App, id: string, props: NetworkProps) {
    super(app, id, props)
    const { deployment } = props

    this.logsKey = new LogsKey(this, 'LogsKey', { deployment })
    this.alarms = new Alarms(this, 'Alarms', { deployment, email: deployment.alarmEmail })
    const { network, entrance } = deployment
    // Needed for the default security group of a new VPC, and for the prefix lists of CloudFront and S3.
    const customResources =
      'vpcId' in network && entrance.kind !== 'cloudfront' && !network.interfaceEndpoints
        ? undefined
        : new CustomResources(this, 'CustomResources', { deployment, key: this.logsKey })
    this.network = 'vpcId' in network ? existingNetwork(this, network) : createNetwork(this, deployment.region, network)
    const { vpc } = this.network

    this.traffic = new Traffic(this, 'Traffic', {
      vpc,
      privateEndpoints: network.interfaceEndpoints ? customResources : undefined,
      store: existingStore(this, deployment.sessionStore),
      from: whoReachesTheLoadBalancer(this, entrance, customResources),
    })
    // The owner of an existing VPC manages its flow logs.
    if (!('vpcId' in network)) new FlowLogs(this, 'FlowLogs', { deployment, vpc, key: this.logsKey })
    if (network.interfaceEndpoints)
      new PrivateEndpoints(this, 'Endpoints', { network: this.network, traffic: this.traffic })
  }
}

function whoReachesTheLoadBalancer(
  scope: Construct,
  entrance: Deployment['entrance'],
  customResources: CustomResources | undefined,
): TrafficProps['from'] {
  if (entrance.kind === 'existing-listener') {
    // The CDK adds no egress rule to an imported group: one would make CloudFormation remove the rule that allows all outgoing traffic, and so cut
    // off the owner's other targets (cfn-language-discussion#157).
    return { loadBalancer: ec2.SecurityGroup.fromSecurityGroupId(scope, 'LoadBalancer', entrance.securityGroupId) }
  }
  return customResources && entrance.kind === 'cloudfront' ? { cloudFront: customResources } : 'everywhere'
}

function existingStore(scope: Construct, store: Deployment['sessionStore']): ExistingStore | undefined {
  if (!('url' in store)) return undefined
  const { reachedAt } = store
  return {
    at:
      'cidr' in reachedAt
        ? ec2.Peer.ipv4(reachedAt.cidr)
        : ec2.SecurityGroup.fromSecurityGroupId(scope, 'SessionStore', reachedAt.securityGroupId),
    port: portOfRedis(store.url),
  }
}
