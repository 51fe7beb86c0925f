import { type App, Stack, type StackProps } from 'aws-cdk-lib'
import { Alarms } from '../constructs/alarms.ts'
import { CustomResources } from '../constructs/custom-resources.ts'
import { FlowLogs } from '../constructs/flow-logs.ts'
import { LogsKey } from '../constructs/logs-key.ts'
import { createNetwork, existingNetwork, type Network } from '../constructs/network.ts'
import { PrivateEndpoints } from '../constructs/private-endpoints.ts'
import { Traffic } from '../constructs/traffic.ts'
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
    this.alarms = new Alarms(this, 'Alarms', { deployment })
    const customResources = new CustomResources(this, 'CustomResources', { deployment, key: this.logsKey })
    const { network } = deployment
    this.network = 'vpcId' in network ? existingNetwork(this, network) : createNetwork(this, deployment.region, network)
    const { vpc } = this.network

    this.traffic = new Traffic(this, 'Traffic', {
      vpc,
      privateEndpoints: deployment.network.interfaceEndpoints ? customResources : undefined,
      from: deployment.entrance.kind === 'cloudfront' ? { cloudFront: customResources } : 'everywhere',
    })
    // Those of a VPC that was there before are its owner's.
    if (!('vpcId' in network)) new FlowLogs(this, 'FlowLogs', { deployment, vpc, key: this.logsKey })
    if (network.interfaceEndpoints)
      new PrivateEndpoints(this, 'Endpoints', { network: this.network, traffic: this.traffic })
  }
}
