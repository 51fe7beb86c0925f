import { Duration } from 'aws-cdk-lib'
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch'
import type { Construct } from 'constructs'
import type { Alarms } from './alarms.ts'
import type { SessionStoreNodes } from './options.ts'

/** A full store refuses to write (`noeviction`). */
export function watchSessionStore(
  scope: Construct,
  { alarms, nodes, groupId }: { alarms: Alarms; nodes: SessionStoreNodes; groupId: string },
): void {
  for (const node of nodesOf(nodes)) {
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
      meaning: `session store, node ${node}: its one thread was busy for 80 % of a minute or more, in each of three periods of five minutes.`,
      metric: metric('EngineCPUUtilization'),
      atLeast: 80,
      periods: 3,
    })
  }
}

/** ElastiCache's names of the nodes, after the group's own name: `001`, and with shards `0001-001`. */
function nodesOf({ topology, shards, replicasPerShard }: SessionStoreNodes): string[] {
  const numbers = (count: number, digits: number) =>
    Array.from({ length: count }, (_, index) => String(index + 1).padStart(digits, '0'))
  const ofShard = numbers(replicasPerShard + 1, 3)
  if (topology === 'single') return ofShard
  return numbers(shards, 4).flatMap((shard) => ofShard.map((node) => `${shard}-${node}`))
}
