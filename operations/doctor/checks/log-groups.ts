import { type CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { idsOf } from '../../target/deployed-stacks.ts'
import { type Check, DEPLOY_AGAIN, type Finding, wrong } from '../finding.ts'
import type { Stage } from '../stage.ts'

/** Any KMS key is accepted. */
export const logGroups: Check<Stage> = {
  name: 'log groups',
  async run({ aws, stacks, deployment }) {
    const names = [...(await stacks()).values()].flatMap((stack) => idsOf(stack, 'AWS::Logs::LogGroup'))
    const findings = names.map((name) => stateOf(aws.logs, name, deployment.logRetentionDays))
    return (await Promise.all(findings)).flat()
  },
}

async function stateOf(logs: CloudWatchLogsClient, name: string, days: number): Promise<Finding[]> {
  const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: name }))
  const group = logGroups.find(({ logGroupName }) => logGroupName === name)
  if (!group) return [wrong(`The log group ${name} does not exist.`, DEPLOY_AGAIN)]
  return [
    ...(group.retentionInDays === days
      ? []
      : [
          wrong(
            `The log group ${name} keeps its lines ${group.retentionInDays ? `${group.retentionInDays} days` : 'for ever'}, not ${days} days.`,
            DEPLOY_AGAIN,
          ),
        ]),
    ...(group.kmsKeyId ? [] : [wrong(`The log group ${name} is not encrypted with our key.`, DEPLOY_AGAIN)]),
  ]
}
