import { Stack } from 'aws-cdk-lib'
import * as ec2 from 'aws-cdk-lib/aws-ec2'
import { Construct } from 'constructs'
import { acknowledge } from './acknowledge.ts'
import type { CustomResources } from './custom-resources.ts'
import { managedPrefixListId } from './managed-prefix-list.ts'
import { CONTAINER_PORT, STORE_PORT } from './ports.ts'

export interface ExistingStore {
  /** A security group, to which a rule for the services is added, or addresses. */
  at: ec2.ISecurityGroup | ec2.IPeer
  port: number
}

export interface TrafficProps {
  vpc: ec2.IVpc
  /** An existing session store. Default: a security group for a new one is created. */
  store?: ExistingStore | undefined
  from: 'everywhere' | { cloudFront: CustomResources } | { loadBalancer: ec2.ISecurityGroup }
  /** With private endpoints: looks up the id of S3's prefix list during the deployment. */
  privateEndpoints?: CustomResources | undefined
}

/**
 * The allowed connections. An MCP server has those of the agent workload. An existing store has its own port, and the owner of an existing load
 * balancer decides who reaches it.
 *
 * ```
 * CloudFront or the internet ──▶ edge ──8080──▶ agent workload ──6379──▶ store
 *                                  └───8080──▶ session binding ─6379──▶
 *                                               both ──443──▶ AWS
 *                      agent workload ──443──▶ the sign-in issuer, the vendors
 * ```
 *
 * With private endpoints, session binding may connect only to these, to S3, for the layers of its image, and to the store. Without them, to the store
 * and to any address over HTTPS.
 */
export class Traffic extends Construct {
  readonly edge: ec2.ISecurityGroup
  readonly agentWorkload: ec2.SecurityGroup
  readonly sessionBinding: ec2.SecurityGroup
  /** For a new session store. */
  readonly store: ec2.SecurityGroup | undefined
  readonly endpoints: ec2.SecurityGroup
  private readonly props: TrafficProps

  constructor(scope: Construct, id: string, props: TrafficProps) {
    super(scope, id)
    this.props = props
    const { vpc, from, store, privateEndpoints } = props
    const group = (name: string, description: string) =>
      new ec2.SecurityGroup(this, name, { vpc, description, allowAllOutbound: false })

    this.edge = typeof from === 'object' && 'loadBalancer' in from ? from.loadBalancer : group('Edge', 'Load balancer')
    this.agentWorkload = group('AgentWorkload', 'Agent workload tasks')
    this.sessionBinding = group('SessionBinding', 'Session binding tasks')
    this.store = store ? undefined : group('Store', 'Session store')
    this.endpoints = group('Endpoints', 'Private endpoints of AWS services')

    if (from === 'everywhere') this.admitEveryone()
    else if ('cloudFront' in from) this.admitCloudFront(from.cloudFront)
    for (const service of [this.agentWorkload, this.sessionBinding]) {
      connect({ from: this.edge, to: service, port: CONTAINER_PORT, what: 'requests' })
      if (this.store) connect({ from: service, to: this.store, port: STORE_PORT, what: 'session store' })
      if (store) admitTo(store, service)
      this.endpoints.addIngressRule(service, ec2.Port.HTTPS, 'AWS APIs')
    }
    this.agentWorkload.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.HTTPS, 'AWS APIs, sign-in issuer, vendors')
    if (privateEndpoints) this.keepSessionBindingInside(privateEndpoints)
    // AgentCore is in no managed prefix list, so the rule cannot name its addresses.
    else this.sessionBinding.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.HTTPS, 'AWS APIs')
  }

  /** The security group is in the stack of the service: a stage that switches the service off deletes the tasks before their group. */
  createMcpServer(scope: Construct): ec2.SecurityGroup {
    const { vpc, store, privateEndpoints } = this.props
    const group = new ec2.SecurityGroup(scope, 'McpServerTraffic', {
      vpc,
      description: 'MCP server tasks',
      allowAllOutbound: false,
    })
    connect({ from: this.edge, to: group, port: CONTAINER_PORT, what: 'requests', later: group })
    if (this.store) connect({ from: group, to: this.store, port: STORE_PORT, what: 'session store', later: group })
    if (store) admitTo(store, group)
    if (privateEndpoints) this.endpoints.addIngressRule(group, ec2.Port.HTTPS, 'AWS APIs', true)
    group.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.HTTPS, 'AWS APIs, sign-in issuer, vendors')
    return group
  }

  private keepSessionBindingInside(customResources: CustomResources): void {
    const { region } = Stack.of(this)
    const s3 = managedPrefixListId(this, 'ImageLayers', `com.amazonaws.${region}.s3`, customResources)
    this.sessionBinding.addEgressRule(this.endpoints, ec2.Port.HTTPS, 'AWS APIs')
    this.sessionBinding.addEgressRule(ec2.Peer.prefixList(s3), ec2.Port.HTTPS, 'layers of the image')
  }

  private admitEveryone(): void {
    this.edge.addIngressRule(ec2.Peer.anyIpv4(), ec2.Port.HTTPS, 'browsers')
    this.edge.addIngressRule(ec2.Peer.anyIpv4(), ec2.Port.HTTP, 'browsers, redirected to HTTPS')
    acknowledge(this.edge, {
      'AwsSolutions-EC23': 'Browsers come from anywhere; the firewall and its rate rules stand on this load balancer.',
    })
  }

  /** A rule for the VPC's own addresses would not admit VPC origins (developer guide, private-content-vpc-origins). */
  private admitCloudFront(customResources: CustomResources): void {
    const originFacing = 'com.amazonaws.global.cloudfront.origin-facing'
    const cloudFront = managedPrefixListId(this, 'CloudFront', originFacing, customResources)
    this.edge.addIngressRule(ec2.Peer.prefixList(cloudFront), ec2.Port.HTTP, 'CloudFront VPC origin')
  }
}

function admitTo({ at, port }: ExistingStore, service: ec2.ISecurityGroup): void {
  service.addEgressRule(at, ec2.Port.tcp(port), 'session store')
  if (ec2.SecurityGroup.isSecurityGroup(at)) at.addIngressRule(service, ec2.Port.tcp(port), 'session store', true)
}

interface Connection {
  from: ec2.ISecurityGroup
  to: ec2.ISecurityGroup
  port: number
  what: string
  /** The group of the later stack. The rules are in that stack: the earlier one cannot refer to this group. */
  later?: ec2.ISecurityGroup
}

function connect({ from, to, port, what, later = to }: Connection): void {
  from.addEgressRule(to, ec2.Port.tcp(port), what, from !== later)
  to.addIngressRule(from, ec2.Port.tcp(port), what, to !== later)
}
