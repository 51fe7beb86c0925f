import * as ec2 from 'aws-cdk-lib/aws-ec2'
import { Construct } from 'constructs'
import type { LogsKey } from './logs-key.ts'
import type { DeploymentOptions } from './options.ts'

/** The VPC's accepted and rejected connections. */
export class FlowLogs extends Construct {
  constructor(scope: Construct, id: string, props: { deployment: DeploymentOptions; vpc: ec2.IVpc; key: LogsKey }) {
    super(scope, id)
    const logGroup = props.key.logGroup(this, 'LogGroup', props.deployment)
    new ec2.FlowLog(this, 'FlowLog', {
      resourceType: ec2.FlowLogResourceType.fromVpc(props.vpc),
      destination: ec2.FlowLogDestination.toCloudWatchLogs(logGroup),
      trafficType: ec2.FlowLogTrafficType.ALL,
      maxAggregationInterval: ec2.FlowLogMaxAggregationInterval.TEN_MINUTES,
    })
  }
}
