import { AuditLine } from '@agent-identity/contracts'
import { profile } from '@agent-identity/providers/profile'
import { paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs'
import { OperationError } from '../../operation-error.ts'
import { type DeployedStacks, idsOf, outputOf, readDeployedStacks } from '../../target/deployed-stacks.ts'
import type { StageTarget } from '../../target/resolve-target.ts'
import { removeAgentcoreLeftovers } from '../agentcore/remove-leftovers.ts'
import { TemporaryResources } from '../agentcore/temporary-resources.ts'
import { deployedAssumptions } from '../assumptions/deployed.ts'
import { lookAtCloudTrail } from '../looking/cloudtrail.ts'
import { lookAtFirewall } from '../looking/firewall.ts'
import { CognitoPeople } from '../people/cognito-people.ts'
import type { Mask } from '../report/mask.ts'
import { cognitoVendor, removeCognitoLeftovers } from '../vendor/cognito-vendor.ts'
import type { Place } from './place.ts'

/** CloudTrail usually delivers a record within fifteen minutes. */
const CLOUDTRAIL_LIMIT_MS = 16 * 60_000

export interface StageOptions {
  long: boolean
  mask: Mask
  say(sentence: string): void
  wait(milliseconds: number): Promise<void>
}

/** Replacements for tests. */
interface StageParts {
  service?: TemporaryResources
  lookAtFirewall?: typeof lookAtFirewall
}

/** What a run creates has a name of `temporaryName` and is removed; what the flow stores for its users is not. */
export async function stagePlace(
  { deployment, aws }: StageTarget,
  options: StageOptions,
  parts: StageParts = {},
): Promise<Place> {
  const { region } = deployment
  if ('issuer' in deployment.signIn)
    throw new OperationError(
      `verify makes its users in a Cognito user pool, and stage "${deployment.name}" signs users in at ${deployment.signIn.issuer}: try the flow by hand.`,
    )
  const stacks = await readDeployedStacks(aws.cloudFormation, deployment)
  const app = outputOf(stacks.get('edge'), 'Address')
  const [userPoolId] = idsOf(stacks.get('identity'), 'AWS::Cognito::UserPool')
  const logGroups = idsOf(stacks.get('services'), 'AWS::Logs::LogGroup')
  if (!app || !userPoolId || logGroups.length === 0)
    throw new OperationError(
      `Stage "${deployment.name}" is not deployed completely in ${region}: npm run doctor says what is missing.`,
    )
  if (!deployment.providers.some(({ provider }) => provider.id === 'profile'))
    throw new OperationError(
      `verify consents at the provider "profile", which stage "${deployment.name}" does not have: give the -c providers=… of its deployment, with profile among them.`,
    )
  if (deployment.chatPage === 'off')
    throw new OperationError(
      `verify asks its questions on the chat page, which stage "${deployment.name}" leaves out: try the flow by hand.`,
    )
  const startedAt = new Date()
  const { cognito, logs, cloudTrail } = aws
  const service = parts.service ?? new TemporaryResources({ region })
  const mfaRequired = deployment.signIn.mfa === 'required'
  const people = new CognitoPeople({ cognito, userPoolId, mfaRequired, wait: options.wait })

  return {
    kind: 'stage',
    title: `stage "${deployment.name}"`,
    region,
    app: new URL(app).origin,
    hasMcpServer: deployment.mcp.enabled,
    consentsAtOnce: deployment.consentsAtOnce,
    displayName: profile.displayName,
    service,
    secrets: namesOf(stacks, app, userPoolId),
    async makeUsers() {
      return [await people.make(), await people.make()]
    },
    async startVendor(user, consenting) {
      const userToken = () => people.tokenOf(user)
      return cognitoVendor({ cognito, userPoolId, region, consenting, user, userToken, machine: options.long })
    },
    auditLinesWithinMs: 90_000,
    async auditLines() {
      const lines: AuditLine[] = []
      for (const logGroupName of logGroups) {
        const input = { logGroupName, startTime: startedAt.getTime(), filterPattern: '{ $.audit IS TRUE }' }
        for await (const { events } of paginateFilterLogEvents({ client: logs }, input))
          for (const { message } of events ?? []) {
            // The line may be of another version of the contract.
            const parsed = AuditLine.safeParse(JSON.parse(message ?? '{}'))
            if (parsed.success) lines.push(parsed.data)
          }
      }
      return lines
    },
    async lookAtCalls(traces) {
      const { mask, say, wait } = options
      const firewall = parts.lookAtFirewall ?? lookAtFirewall
      // In front of an existing listener there is no firewall, or its owner's.
      const hasFirewall = deployment.entrance.kind !== 'existing-listener'
      return [
        ...(hasFirewall ? await firewall(new URL(app).origin) : []),
        ...deployedAssumptions(deployment, traces.completionRequestIds.length === traces.authorizationIds.length, mask),
        ...(await lookAtCloudTrail(traces, {
          client: cloudTrail,
          since: startedAt,
          limitMs: CLOUDTRAIL_LIMIT_MS,
          mask,
          say,
          wait,
        })),
      ]
    },
    wait: options.wait,
    async removeLeftovers() {
      const agentcore = await removeAgentcoreLeftovers(service)
      return agentcore + (await removeCognitoLeftovers(cognito, userPoolId)) + (await people.removeLeftovers())
    },
    async close() {
      return (await service.close()) + (await people.close())
    },
  }
}

function namesOf(stacks: DeployedStacks, app: string, userPoolId: string): Place['secrets'] {
  const identity = stacks.get('identity')
  return [
    [identity?.id.split(':')[4], 'account'],
    [new URL(app).host, 'host'],
    [userPoolId, 'user pool'],
    ...idsOf(identity, 'AWS::Cognito::UserPoolClient').map((id) => [id, 'client id'] as const),
    ...idsOf(identity, 'AWS::Cognito::UserPoolDomain').map((id) => [id, 'host'] as const),
  ]
}
