import { CfnOutput, Duration, Stack } from 'aws-cdk-lib'
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import * as iam from 'aws-cdk-lib/aws-iam'
import type * as logs from 'aws-cdk-lib/aws-logs'
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs'
import * as sns from 'aws-cdk-lib/aws-sns'
import { Construct } from 'constructs'
import { prefixOf } from '../names.ts'
import { createCustomerKey } from './customer-key.ts'
import type { DeploymentOptions } from './options.ts'

type AlarmProps = Watch & ({ atLeast: number } | { under: number })

interface Watch {
  meaning: string
  metric: cloudwatch.Metric
  /** Consecutive periods that must breach the threshold. Default: 1. */
  periods?: number
  /** The meaning of missing data. Default: `is well`. */
  silence?: 'is well' | 'is bad'
}

interface LinesProps {
  meaning: string
  logGroup: logs.LogGroup
  /** A filter pattern for JSON lines (CloudWatch Logs user guide, FilterAndPatternSyntaxForMetricFilters). */
  lines: string
  atLeast: number
  minutes: number
  /** Consecutive periods that must breach the threshold. Default: 1. */
  periods?: number
}

/** The alarm topic and its alarms. Without `email` the topic has no subscription. */
export class Alarms extends Construct {
  private readonly topic: sns.Topic
  private readonly namespace: string

  constructor(scope: Construct, id: string, { deployment, email }: { deployment: DeploymentOptions; email?: string }) {
    super(scope, id)
    this.namespace = prefixOf(deployment)
    const key = createCustomerKey(this, 'Key', deployment, 'Alarms')
    this.topic = new sns.Topic(this, 'Topic', { enforceSSL: true, masterKey: key })
    const { account, region } = Stack.of(this)
    const byAlarmsOfThisAccount = {
      principals: [new iam.ServicePrincipal('cloudwatch.amazonaws.com')],
      conditions: {
        StringEquals: { 'aws:SourceAccount': account },
        ArnLike: { 'aws:SourceArn': `arn:aws:cloudwatch:${region}:${account}:alarm:*` },
      },
    }
    this.topic.addToResourcePolicy(
      new iam.PolicyStatement({ ...byAlarmsOfThisAccount, actions: ['sns:Publish'], resources: [this.topic.topicArn] }),
    )
    // Alarms could not publish to an encrypted topic otherwise (SNS developer guide, sns-key-management).
    key.addToResourcePolicy(
      new iam.PolicyStatement({
        ...byAlarmsOfThisAccount,
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'],
      }),
    )
    if (email)
      new sns.Subscription(this, 'Email', {
        topic: this.topic,
        protocol: sns.SubscriptionProtocol.EMAIL,
        endpoint: email,
      })
    new CfnOutput(this, 'TopicArn', {
      value: this.topic.topicArn,
      description: email
        ? 'Alarms are published to this topic; the reader of alarmEmail must confirm the subscription that AWS sends'
        : 'Alarms are published to this topic; subscribe to it (docs/operations.md)',
    })
  }

  alarm(scope: Construct, id: string, props: AlarmProps): void {
    const { meaning, metric, periods = 1, silence = 'is well' } = props
    const { GREATER_THAN_OR_EQUAL_TO_THRESHOLD, LESS_THAN_THRESHOLD } = cloudwatch.ComparisonOperator
    const alarm = new cloudwatch.Alarm(scope, id, {
      alarmDescription: meaning,
      metric,
      threshold: 'under' in props ? props.under : props.atLeast,
      comparisonOperator: 'under' in props ? LESS_THAN_THRESHOLD : GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: periods,
      treatMissingData:
        silence === 'is well' ? cloudwatch.TreatMissingData.NOT_BREACHING : cloudwatch.TreatMissingData.BREACHING,
    })
    const tell = new SnsAction(this.topic)
    alarm.addAlarmAction(tell)
    alarm.addOkAction(tell)
  }

  alarmAboutLines(
    scope: Construct,
    id: string,
    { meaning, logGroup, lines, atLeast, minutes, periods = 1 }: LinesProps,
  ): void {
    const filter = new MetricFilter(scope, `${id}Lines`, {
      logGroup,
      filterPattern: FilterPattern.literal(lines),
      metricNamespace: this.namespace,
      // The ids of scope and alarm: two filters must not count into one metric.
      metricName: `${scope.node.id}${id}`,
    })
    const metric = filter.metric({ statistic: cloudwatch.Stats.SUM, period: Duration.minutes(minutes) })
    this.alarm(scope, id, { meaning, metric, atLeast, periods })
  }
}
