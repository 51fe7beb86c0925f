import { Duration } from 'aws-cdk-lib'
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch'
import type { ApplicationTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2'
import type { LogGroup } from 'aws-cdk-lib/aws-logs'
import type { Construct } from 'constructs'
import type { ContainerName } from '../names.ts'
import type { Alarms } from './alarms.ts'

interface Watched {
  alarms: Alarms
  service: ContainerName
  loadBalancerName: string
  targets: ApplicationTargetGroup
  logGroup: LogGroup
}

export function watchService(scope: Construct, watched: Watched): void {
  const { alarms, service, logGroup } = watched
  alarms.alarm(scope, 'NoHealthyTask', {
    meaning: `${service}: no task is healthy; its users get an error.`,
    // The metric has a value for each zone; a healthy task in one zone is enough.
    metric: targetMetric(watched, 'HealthyHostCount', { statistic: Stats.MAXIMUM, period: Duration.minutes(1) }),
    under: 1,
    periods: 3,
    silence: 'is bad',
  })
  alarms.alarm(scope, 'ServerErrors', {
    meaning: `${service}: ten or more answers in five minutes were errors of ours.`,
    metric: targetMetric(watched, 'HTTPCode_Target_5XX_Count', { statistic: Stats.SUM, period: Duration.minutes(5) }),
    atLeast: 10,
  })
  for (const [id, { meaning, ...lines }] of Object.entries({ ...LINES_OF_ALL, ...LINES[service] }))
    alarms.alarmAboutLines(scope, id, { ...lines, meaning: `${service}: ${meaning}`, logGroup })
}

/** With the load balancer's name from the entrance: the L2's metrics would parse it out of the listener's ARN. */
function targetMetric(
  { loadBalancerName, targets }: Watched,
  metricName: string,
  { statistic, period }: { statistic: string; period: Duration },
): Metric {
  return new Metric({
    namespace: 'AWS/ApplicationELB',
    metricName,
    dimensionsMap: { LoadBalancer: loadBalancerName, TargetGroup: targets.targetGroupFullName },
    statistic,
    period,
  })
}

interface Lines {
  meaning: string
  lines: string
  atLeast: number
  minutes: number
  periods?: number
}

const LINES_OF_ALL: Record<string, Lines> = {
  SealedRecords: {
    meaning: 'records of the session store do not open: somebody writes there, or a key was dropped too early.',
    lines: '{ $.msg = "a sealed record does not open" }',
    atLeast: 5,
    minutes: 5,
  },
  // The failure for an expired workload access token has another kind. AgentCore also refuses an invalid authorization session with this exception,
  // so fewer than five raise no alarm.
  AccessDenied: {
    meaning: 'AWS has denied five calls in a quarter of an hour: a policy may have changed.',
    lines: '{ ($.exception = "AccessDeniedException") && ($.kind = "refused") }',
    atLeast: 5,
    minutes: 15,
  },
}

const AGENTCORE_AWAY: Lines = {
  meaning: 'AgentCore Identity has not answered several calls in a row; users are told so.',
  lines: '{ $.msg = "AgentCore Identity does not answer" }',
  atLeast: 1,
  minutes: 5,
}

const UNCONFIRMED_BINDINGS: Lines = {
  meaning: 'three bindings in a quarter of an hour have an unknown outcome.',
  lines: '{ $.event = "binding_unconfirmed" }',
  atLeast: 3,
  minutes: 15,
}

const LINES: Record<ContainerName, Record<string, Lines>> = {
  'session-binding': {
    RefusedReturns: {
      meaning:
        'ten returns in five minutes were not by the user, in the browser, or of the consent that was asked for.',
      lines: '{ ($.event = "binding_refused") && ($.reason = "different-*") }',
      atLeast: 10,
      minutes: 5,
    },
    UnconfirmedBindings: UNCONFIRMED_BINDINGS,
  },
  'agent-workload': {
    // Not `another-site` and `not-signed-in`, which anyone can cause without signing in.
    RefusedStarts: {
      meaning: 'ten starts in five minutes were by another user who is signed in, or in another browser.',
      lines: '{ ($.event = "start_refused") && ($.reason = "different-*") }',
      atLeast: 10,
      minutes: 5,
    },
    FailedTurns: {
      meaning:
        'five turns in five minutes have failed: the model does not answer, or something else in the agent fails.',
      lines: '{ $.msg = "the agent failed" }',
      atLeast: 5,
      minutes: 5,
    },
    AgentCoreAway: AGENTCORE_AWAY,
    // The agent workload writes this line, too: it finds the bindings whose outcome session binding did not record in time.
    UnconfirmedBindings: UNCONFIRMED_BINDINGS,
    // One mark logs a line every five minutes on the replica that looks at it.
    StoppedErasures: {
      meaning: 'the mark of an erased user does not open, or is too old, and the erasure does not go on.',
      lines: '{ $.msg = "an erasure does not go on: its mark does not open, or is too old" }',
      atLeast: 1,
      minutes: 15,
    },
    TokenVaultDoesNotSeparate: {
      meaning: 'consents share an entry of the token vault, or AgentCore keeps no token for them.',
      lines: '{ ($.alarm = "label-does-not-separate") || ($.alarm = "completed-and-empty") }',
      atLeast: 1,
      minutes: 15,
    },
    // While its user has no consent open at the provider, a revocation's attempts are less than a period apart.
    UnansweredRevocations: {
      meaning:
        'for an hour a vendor has left revocations unanswered: tokens of disconnected accounts may still work there.',
      lines: '{ ($.event = "revocation_answered") && ($.outcome = "unavailable") }',
      atLeast: 1,
      minutes: 20,
      periods: 3,
    },
  },
  'mcp-server': { AgentCoreAway: AGENTCORE_AWAY },
}
