import { type App, Stack, type StackProps } from 'aws-cdk-lib'
import * as ec2 from 'aws-cdk-lib/aws-ec2'
import * as iam from 'aws-cdk-lib/aws-iam'
import { Alarms } from '../constructs/alarms.ts'
import { CustomResources } from '../constructs/custom-resources.ts'
import { FlowLogs } from '../constructs/flow-logs.ts'
import { LogsKey } from '../constructs/logs-key.ts'
import { PrivateEndpoints } from '../constructs/private-endpoints.ts'
import { Traffic } from '../constructs/traffic.ts'
import type { Deployment } from '../read-deployment.ts'

/**
 * Availability zones that take CloudFront VPC origins, in the Regions where one does not (CloudFront developer guide,
 * private-content-vpc-origins: use1-az3, apne1-az3 and cac1-az3 are left out). Zone names differ between accounts, so that
 * "the first two" would fail in some of them; ids do not. us-west-1 is not here: an account sees two of its three zones.
 */
const ZONES_FOR_VPC_ORIGINS: Readonly<Record<string, readonly [string, string]>> = {
  'us-east-1': ['use1-az1', 'use1-az2'],
  'ap-northeast-1': ['apne1-az1', 'apne1-az4'],
  'ca-central-1': ['cac1-az1', 'cac1-az2'],
}

const WITHOUT_A_WAY_OUT = 'session-binding'

interface NetworkProps extends StackProps {
  deployment: Deployment
}

export class NetworkStack extends Stack {
  readonly vpc: ec2.Vpc
  /** Where session binding's tasks are: with private endpoints, in subnets that have no route to the internet. */
  readonly sessionBindingSubnets: ec2.SubnetSelection
  readonly traffic: Traffic
  readonly logsKey: LogsKey
  readonly alarms: Alarms

  constructor(app: App, id: string, props: NetworkProps) {
    super(app, id, props)
    const { deployment } = props
    const { network } = deployment

    this.logsKey = new LogsKey(this, 'LogsKey', { deployment })
    this.alarms = new Alarms(this, 'Alarms', { deployment })
    const customResources = new CustomResources(this, 'CustomResources', { deployment, key: this.logsKey })
    this.vpc = new ec2.Vpc(this, 'Vpc', {
      ipAddresses: ec2.IpAddresses.cidr(network.cidr),
      maxAzs: 2,
      natGateways: network.natGateways,
      restrictDefaultSecurityGroup: true,
      subnetConfiguration: [
        { name: 'public', subnetType: ec2.SubnetType.PUBLIC, cidrMask: 26, mapPublicIpOnLaunch: false },
        { name: 'services', subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 23 },
        { name: 'store', subnetType: ec2.SubnetType.PRIVATE_ISOLATED, cidrMask: 26 },
        // Also where they are empty: a stage that gives up its endpoints cannot delete subnets in which tasks still run.
        { name: WITHOUT_A_WAY_OUT, subnetType: ec2.SubnetType.PRIVATE_ISOLATED, cidrMask: 26 },
      ],
      // Free, and image layers come from S3: without it they would be charged as NAT traffic.
      gatewayEndpoints: {
        S3: {
          service: ec2.GatewayVpcEndpointAwsService.S3,
          subnets: ['services', 'public', 'store'].map((subnetGroupName) => ({ subnetGroupName })),
        },
      },
    })
    admitImageLayers(this.vpc, { subnetGroupName: WITHOUT_A_WAY_OUT })
    useZones(this.vpc, network.availabilityZoneIds ?? ZONES_FOR_VPC_ORIGINS[deployment.region])

    this.traffic = new Traffic(this, 'Traffic', { deployment, vpc: this.vpc, customResources })
    new FlowLogs(this, 'FlowLogs', { deployment, vpc: this.vpc, key: this.logsKey })
    this.sessionBindingSubnets = { subnetGroupName: network.interfaceEndpoints ? WITHOUT_A_WAY_OUT : 'services' }
    if (network.interfaceEndpoints) new PrivateEndpoints(this, 'Endpoints', { vpc: this.vpc, traffic: this.traffic })
  }
}

function useZones(vpc: ec2.Vpc, zoneIds: readonly [string, string] | undefined): void {
  if (!zoneIds) return
  for (const group of [vpc.publicSubnets, vpc.privateSubnets, vpc.isolatedSubnets]) {
    group.forEach((subnet, index) => {
      const resource = subnet.node.defaultChild as ec2.CfnSubnet
      resource.addPropertyDeletionOverride('AvailabilityZone')
      // Isolated subnets are of two groups; each group has one in each zone.
      resource.addPropertyOverride('AvailabilityZoneId', zoneIds[index % zoneIds.length])
    })
  }
}

/**
 * An image's layers are in a bucket of ECR's (ECR user guide, vpc-endpoints, minimum permissions for S3). Any other bucket is a
 * way out, with an intruder's own keys.
 */
function admitImageLayers(vpc: ec2.Vpc, subnets: ec2.SubnetSelection): void {
  const { partition, region } = Stack.of(vpc)
  vpc
    .addGatewayEndpoint('ImageLayers', { service: ec2.GatewayVpcEndpointAwsService.S3, subnets: [subnets] })
    .addToPolicy(
      new iam.PolicyStatement({
        principals: [new iam.AnyPrincipal()],
        actions: ['s3:GetObject'],
        resources: [`arn:${partition}:s3:::prod-${region}-starport-layer-bucket/*`],
      }),
    )
}
