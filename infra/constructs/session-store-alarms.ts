import { Duration } from 'aws-cdk-lib'
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch'
import type { Construct } from 'constructs'
import type { Deployment } from '../read-deployment.ts'
import type { Alarms } from './alarms.ts'

/** A store that is full refuses to write (`noeviction`): nobody can sign in, and no turn goes on. */
export function watchSessionStore(
  scope: Construct,
  { alarms, sessionStore, groupId }: Pick<Deployment, 'sessionStore'> & { alarms: Alarms; groupId: string },
): void {
  for (const node of nodesOf(sessionStore)) {
    const metric = (metricName: string) =>
      new Metric({
        namespace: 'AWS/ElastiCache',
        metricName,
        dimensionsMap: { CacheClusterId: `${groupId}-${node}` },
        statistic: Stats.MAXIMUM,
        period: Duration.minutes(5),
      })
    alarms.alarm(scope, `Memory${node}`, {
      meaning: `session store, node ${node}: three quarters of its memory are used.`,
      metric: metric('DatabaseMemoryUsagePercentage'),
      atLeast: 75,
      periods: 2,
    })
    alarms.alarm(scope, `Engine${node}`, {
      meaning: `session store, node ${node}: its one thread is busy for 80 % of the time.`,
      metric: metric('EngineCPUUtilization'),
      atLeast: 80,
      periods: 3,
    })
  }
}

/** What ElastiCache calls the nodes, after the group's own name: `001`, and with shards `0001-001`. */
function nodesOf({ topology, shards, replicasPerShard }: Deployment['sessionStore']): string[] {
  const numbers = (count: number, digits: number) =>
    Array.from({ length: count }, (_, index) => String(index + 1).padStart(digits, '0'))
  const nodes = numbers(replicasPerShard + 1, 3)
  if (topology === 'single') return nodes
  return numbers(shards, 4).flatMap((shard) => nodes.map((node) => `${shard}-${node}`))
}
