import { Stack } from 'aws-cdk-lib'
import * as ec2 from 'aws-cdk-lib/aws-ec2'
import * as iam from 'aws-cdk-lib/aws-iam'
import type { Construct } from 'constructs'
import { acknowledge } from './acknowledge.ts'
import type { ExistingVpc, NewVpc } from './options.ts'

export interface Network {
  readonly vpc: ec2.IVpc
  readonly subnets: {
    readonly public: ec2.SubnetSelection
    /** With a route to AWS, the sign-in issuer and the vendors. */
    readonly services: ec2.SubnetSelection
    /** In a new VPC with private endpoints: without a route to the internet. */
    readonly sessionBinding: ec2.SubnetSelection
    readonly store: ec2.SubnetSelection
  }
}

/**
 * Two zones that support CloudFront VPC origins, for Regions that have a zone which does not (CloudFront developer guide,
 * private-content-vpc-origins). Zone ids, because names differ between accounts. Not us-west-1: an account sees two of its three zones.
 */
const ZONES_FOR_VPC_ORIGINS: Readonly<Record<string, readonly [string, string]>> = {
  'us-east-1': ['use1-az1', 'use1-az2'],
  'ap-northeast-1': ['apne1-az1', 'apne1-az4'],
  'ca-central-1': ['cac1-az1', 'cac1-az2'],
}

const WITHOUT_A_WAY_OUT = 'session-binding'

/** A VPC in two zones. */
export function createNetwork(
  scope: Construct,
  region: string,
  props: NewVpc & { interfaceEndpoints: boolean },
): Network {
  const vpc = new ec2.Vpc(scope, 'Vpc', {
    ipAddresses: ec2.IpAddresses.cidr(props.cidr),
    maxAzs: 2,
    natGateways: props.natGateways,
    restrictDefaultSecurityGroup: true,
    subnetConfiguration: [
      { name: 'public', subnetType: ec2.SubnetType.PUBLIC, cidrMask: 26, mapPublicIpOnLaunch: false },
      { name: 'services', subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 23 },
      { name: 'store', subnetType: ec2.SubnetType.PRIVATE_ISOLATED, cidrMask: 26 },
      // Also without private endpoints: a stage that removes its endpoints cannot delete subnets in which tasks still run.
      { name: WITHOUT_A_WAY_OUT, subnetType: ec2.SubnetType.PRIVATE_ISOLATED, cidrMask: 26 },
    ],
    // A gateway endpoint is free. Without it, image layers, which come from S3, would be charged as NAT traffic.
    gatewayEndpoints: {
      S3: {
        service: ec2.GatewayVpcEndpointAwsService.S3,
        subnets: ['services', 'public', 'store'].map((subnetGroupName) => ({ subnetGroupName })),
      },
    },
  })
  admitImageLayers(vpc, { subnetGroupName: WITHOUT_A_WAY_OUT })
  useZones(vpc, props.availabilityZoneIds ?? ZONES_FOR_VPC_ORIGINS[region])
  return {
    vpc,
    subnets: {
      public: { subnetGroupName: 'public' },
      services: { subnetGroupName: 'services' },
      sessionBinding: { subnetGroupName: props.interfaceEndpoints ? WITHOUT_A_WAY_OUT : 'services' },
      store: { subnetGroupName: 'store' },
    },
  }
}

/** An existing VPC and its subnets. Nothing is looked up. */
export function existingNetwork(scope: Construct, props: ExistingVpc): Network {
  const { vpcId, availabilityZones, serviceSubnetIds, publicSubnetIds, storeSubnetIds = serviceSubnetIds } = props
  const { sessionBindingSubnetIds } = props
  const vpc = ec2.Vpc.fromVpcAttributes(scope, 'Vpc', { vpcId, availabilityZones: [...availabilityZones] })
  const subnets = (name: string, ids: readonly string[] = []) => ({
    subnets: ids.map((subnetId, index) => {
      const subnet = ec2.Subnet.fromSubnetAttributes(scope, `${name}Subnet${index + 1}`, {
        subnetId,
        availabilityZone: availabilityZones[index % availabilityZones.length],
      })
      acknowledge(subnet, { 'Annotation::@aws-cdk/aws-ec2:noSubnetRouteTableId': 'No route is made or read here.' })
      return subnet
    }),
  })
  const services = subnets('Service', serviceSubnetIds)
  return {
    vpc,
    subnets: {
      public: subnets('Public', publicSubnetIds),
      services,
      sessionBinding: sessionBindingSubnetIds ? subnets('SessionBinding', sessionBindingSubnetIds) : services,
      store: subnets('Store', storeSubnetIds),
    },
  }
}

function useZones(vpc: ec2.Vpc, zoneIds: readonly [string, string] | undefined): void {
  if (!zoneIds) return
  for (const group of [vpc.publicSubnets, vpc.privateSubnets, vpc.isolatedSubnets]) {
    group.forEach((subnet, index) => {
      const resource = subnet.node.defaultChild as ec2.CfnSubnet
      resource.addPropertyDeletionOverride('AvailabilityZone')
      // Isolated subnets belong to two groups, `store` and `session-binding`, each with one subnet in each zone.
      resource.addPropertyOverride('AvailabilityZoneId', zoneIds[index % zoneIds.length])
    })
  }
}

/**
 * An image's layers are in a bucket of ECR (ECR user guide, vpc-endpoints, minimum permissions for S3). With access to every bucket, an intruder
 * could send data to one of their own.
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
