import { createHash } from 'node:crypto'
import type * as ec2 from 'aws-cdk-lib/aws-ec2'
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2'
import { Construct } from 'constructs'
import type { Entrance } from './entrance.ts'
import { loadBalancerOf } from './listener-arn.ts'

interface ListenerEntranceProps {
  host: string
  listenerArn: string
  securityGroup: ec2.ISecurityGroup
  firstRulePriority?: number
  trustedProxies?: number
}

/** A listener of an existing load balancer. Its owner manages the certificate, the firewall, the logs, and the answers for other hosts. */
export class ListenerEntrance extends Construct implements Entrance {
  readonly host: string
  readonly listener: elbv2.IApplicationListener
  readonly loadBalancerName: string
  readonly targetsId: string
  readonly firstRulePriority: number | undefined
  readonly trustedProxies: number | undefined

  constructor(scope: Construct, id: string, { listenerArn, securityGroup, ...props }: ListenerEntranceProps) {
    super(scope, id)
    this.host = props.host
    this.firstRulePriority = props.firstRulePriority
    this.trustedProxies = props.trustedProxies
    this.loadBalancerName = loadBalancerOf(listenerArn)
    this.targetsId = `Targets${createHash('sha256').update(this.loadBalancerName).digest('hex').slice(0, 8)}`
    this.listener = elbv2.ApplicationListener.fromApplicationListenerAttributes(this, 'Listener', {
      listenerArn,
      securityGroup,
    })
    // constructs/traffic.ts has the rules of the security groups. The CDK would add another one in the stack of the load balancer's security group,
    // which cannot refer to a security group of a later stack.
    this.listener.registerConnectable = () => undefined
  }
}
