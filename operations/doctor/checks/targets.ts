import { containersOf } from '@agent-identity/infra/names'
import { DescribeTargetHealthCommand, type TargetHealthDescription } from '@aws-sdk/client-elastic-load-balancing-v2'
import { idsOf } from '../../target/deployed-stacks.ts'
import { type Check, DEPLOY_AGAIN, type Finding, wrong } from '../finding.ts'
import { requireStack, type Stage } from '../stage.ts'

export const targets: Check<Stage> = {
  name: 'load balancer targets',
  async run({ aws, stacks, deployment }) {
    const groups = idsOf(requireStack(await stacks(), 'services'), 'AWS::ElasticLoadBalancingV2::TargetGroup')
    if (groups.length < containersOf(deployment).length)
      return [wrong('The load balancer does not have a target group for each of the services.', DEPLOY_AGAIN)]
    const findings = groups.map(async (TargetGroupArn) => {
      const reply = await aws.loadBalancing.send(new DescribeTargetHealthCommand({ TargetGroupArn }))
      return healthOf(TargetGroupArn, reply.TargetHealthDescriptions ?? [])
    })
    return (await Promise.all(findings)).flat()
  },
}

function healthOf(arn: string, descriptions: readonly TargetHealthDescription[]): Finding[] {
  const name = arn.split('/')[1] ?? arn
  const targets = descriptions.flatMap(({ TargetHealth }) => (TargetHealth?.State === 'draining' ? [] : [TargetHealth]))
  const unhealthy = targets.filter((health) => health?.State !== 'healthy')
  if (targets.length === 0)
    return [wrong(`The target group ${name} has no targets.`, 'See the findings about services.')]
  if (unhealthy.length === 0) return []
  const reasons = [...new Set(unhealthy.map((health) => health?.Reason ?? health?.State))].join(', ')
  return [
    wrong(
      `${unhealthy.length} of ${targets.length} targets of the target group ${name} are not healthy (${reasons}).`,
      'Read the log of the service: it says why it does not answer.',
    ),
  ]
}
