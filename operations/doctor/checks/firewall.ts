import { GetWebACLForResourceCommand } from '@aws-sdk/client-wafv2'
import { byHand, type Check, DEPLOY_AGAIN, wrong } from '../finding.ts'
import { requireId, requireStack, type Stage } from '../stage.ts'

/** An organization's Firewall Manager may replace it. */
export const firewall: Check<Stage> = {
  name: 'firewall',
  async run(stage) {
    if (stage.deployment.entrance.kind === 'existing-listener')
      return [byHand('The load balancer is yours: check that it has a firewall with limits per address.')]
    const edge = requireStack(await stage.stacks(), 'edge')
    const ResourceArn = requireId(edge, 'AWS::ElasticLoadBalancingV2::LoadBalancer')
    const { WebACL } = await stage.aws.firewall.send(new GetWebACLForResourceCommand({ ResourceArn }))
    if (!WebACL?.ARN) return [wrong('The load balancer has no firewall.', DEPLOY_AGAIN)]
    // The physical id is `name|id|scope`.
    const ours = requireId(edge, 'AWS::WAFv2::WebACL').split('|')
    return ours.includes(WebACL.Id ?? '')
      ? []
      : [wrong('The load balancer has another firewall than the deployed one.', DEPLOY_AGAIN)]
  },
}
