import { DescribeTargetHealthCommand, type TargetHealthDescription } from '@aws-sdk/client-elastic-load-balancing-v2'
import { idsOf } from '../../target/deployed-stacks.ts'
import { type Check, type Finding, underWay, wrong } from '../finding.ts'
import { requireStack, type Stage } from '../stage.ts'

export const targets: Check<Stage> = {
  name: 'load balancer targets',
  async run({ aws, stacks }) {
    const groups = idsOf(requireStack(await stacks(), 'services'), 'AWS::ElasticLoadBalancingV2::TargetGroup')
    const findings = groups.map(async (TargetGroupArn) => {
      const reply = await aws.loadBalancing.send(new DescribeTargetHealthCommand({ TargetGroupArn }))
      return healthOf(TargetGroupArn, reply.TargetHealthDescriptions ?? [])
    })
    return (await Promise.all(findings)).flat()
  },
}

const READ_LOG = 'Read the log of the service: it says why it does not answer.'

function healthOf(arn: string, descriptions: readonly TargetHealthDescription[]): Finding[] {
  const name = arn.split('/')[1] ?? arn
  const targets = descriptions.flatMap(({ TargetHealth }) => (TargetHealth?.State === 'draining' ? [] : [TargetHealth]))
  const others = targets.filter((health) => health?.State !== 'healthy')
  if (targets.length === 0)
    return [wrong(`The target group ${name} has no targets.`, 'See the findings about services.')]
  if (others.length === 0) return []
  // A task that autoscaling adds is registered after the deployment has ended.
  if (others.length < targets.length && others.every((health) => health?.State === 'initial'))
    return [underWay(`${others.length} of ${targets.length} targets of ${name} are being registered.`, READ_LOG)]
  const reasons = [...new Set(others.map((health) => health?.Reason ?? health?.State))].join(', ')
  return [
    wrong(
      `${others.length} of ${targets.length} targets of the target group ${name} are not healthy (${reasons}).`,
      READ_LOG,
    ),
  ]
}
