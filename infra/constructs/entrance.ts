import type * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2'

/** How browsers reach both services: a listener that gets a rule for each of them. */
export interface Entrance {
  /** The host that the browser sees. The rules match it: what comes under another name is not for the services. */
  readonly host: string
  readonly listener: elbv2.IApplicationListener
  /** As CloudWatch's metrics name it: `app/<name>/<id>`. */
  readonly loadBalancerName: string
  /** Id of the target groups. A target group belongs to one load balancer, so that another one needs another id. */
  readonly targetsId: string
  /** Of the rules; the first one that matches wins, lowest priority first. The others are five and ten more. Default: 10. */
  readonly firstRulePriority?: number | undefined
  /** How many proxies append to `X-Forwarded-For` on the way, this load balancer included. Default: 1. */
  readonly trustedProxies?: number | undefined
}
