import type * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2'

/** How browsers and MCP clients reach the services: a listener that gets a rule for each service. */
export interface Entrance {
  /** The host that the browser sees. The services' rules match only this host. */
  readonly host: string
  readonly listener: elbv2.IApplicationListener
  /** In CloudWatch's metrics: `app/<name>/<id>`. */
  readonly loadBalancerName: string
  /** Construct id of the target groups. Another load balancer needs another id: a target group belongs to one load balancer. */
  readonly targetsId: string
  /** The priority of the first rule. Those of the other rules are up to ten higher. Default: 10. */
  readonly firstRulePriority?: number | undefined
  /** How many proxies append to `X-Forwarded-For`, this load balancer included if it appends. Default: 1. */
  readonly trustedProxies?: number | undefined
}
