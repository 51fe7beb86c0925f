import {
  GetLoggingConfigurationCommand,
  GetWebACLForResourceCommand,
  type LoggingConfiguration,
} from '@aws-sdk/client-wafv2'
import { isNotFound } from '../describe-failure.ts'
import { byHand, type Check, DEPLOY_AGAIN, type Finding, wrong } from '../finding.ts'
import { requireId, requireStack, type Stage } from '../stage.ts'

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
    const others = ours.includes(WebACL.Id ?? '')
      ? []
      : [wrong('The load balancer has another firewall than the deployed one.', DEPLOY_AGAIN)]
    return [...others, ...logOf(await readLogging(stage, WebACL.ARN))]
  },
}

const HEADERS_WITH_SECRETS = ['cookie', 'referer', 'authorization']

async function readLogging({ aws }: Stage, ResourceArn: string): Promise<LoggingConfiguration | undefined> {
  try {
    return (await aws.firewall.send(new GetLoggingConfigurationCommand({ ResourceArn }))).LoggingConfiguration
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

/** Queries have codes and session URIs, which a referrer may repeat. Cookies and access tokens give access. */
function logOf(logging: LoggingConfiguration | undefined): Finding[] {
  if (!logging) return [wrong('The firewall writes no log.', DEPLOY_AGAIN)]
  const redacted = logging.RedactedFields ?? []
  const hidesQuery = redacted.some(({ QueryString }) => QueryString !== undefined)
  const hidden = new Set(redacted.map(({ SingleHeader }) => SingleHeader?.Name?.toLowerCase()))
  return hidesQuery && HEADERS_WITH_SECRETS.every((name) => hidden.has(name))
    ? []
    : [wrong("The firewall's log shows queries or headers with secrets.", DEPLOY_AGAIN)]
}
