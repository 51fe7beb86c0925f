import { mcpResourceOf } from '@agent-identity/contracts'
import { CONTAINER_NAMES, type ContainerName } from '@agent-identity/infra/names'
import { type Check, DEPLOY_AGAIN, type Finding, notChecked, wrong } from '../finding.ts'
import type { RunningService } from '../read-services.ts'
import type { Stage } from '../stage.ts'
import { callsOfTheFlow, type FlowNames } from '../task-roles/calls-of-the-flow.ts'
import { type SimulatedCall, simulateCall } from '../task-roles/simulate-call.ts'

export const taskRoles: Check<Stage> = {
  name: 'rights of the task roles',
  async run(stage) {
    const calls = callsOfTheFlow(await namesOf(stage))
    const unknown = (await stage.providers()).filter(({ stored }) => !stored?.clientSecretArn?.secretArn)
    const roles = await Promise.all(
      CONTAINER_NAMES.map(async (service) => [
        ...(await judge(stage, service, calls[service]?.needed ?? [], true)),
        ...(await judge(stage, service, calls[service]?.forbidden ?? [], false)),
      ]),
    )
    return [
      ...roles.flat(),
      ...unknown.map(({ name }) =>
        notChecked(
          `Calls for the credential provider ${name}: AgentCore does not have it, or does not name its secret.`,
        ),
      ),
    ]
  },
}

async function namesOf(stage: Stage): Promise<FlowNames> {
  const { 'agent-workload': workload, 'mcp-server': mcp } = await stage.services()
  const { variable } = workload
  const { accountId } = await stage.caller()
  return {
    region: stage.deployment.region,
    accountId,
    workloadName: variable('WORKLOAD_NAME'),
    identityArtifact: stage.deployment.identityArtifact,
    userIdPrefix: variable('USER_ID_PREFIX', 'cognito'),
    issuer: variable('OIDC_ISSUER'),
    tokenClaim: tokenClaimOf(stage.deployment.signIn, variable('OIDC_CLIENT_ID')),
    mcpTokenClaim: mcp && mcpTokenClaimOf(stage.deployment.signIn, mcp),
    modelId: variable('MODEL_PROVIDER') === 'bedrock' ? variable('BEDROCK_MODEL_ID') : undefined,
    providers: (await stage.providers()).flatMap(({ credential, stored }) => {
      const secretArn = stored?.clientSecretArn?.secretArn
      return stored?.credentialProviderArn && secretArn
        ? [{ credential, arn: stored.credentialProviderArn, secretArn }]
        : []
    }),
  }
}

const tokenClaimOf = (signIn: Stage['deployment']['signIn'], clientId: string): FlowNames['tokenClaim'] =>
  'issuer' in signIn && signIn.tokenClaim !== 'client_id' ? signIn.tokenClaim : { client_id: clientId }

/** Where the claim is the client id and there are several clients, the first one is tried. */
function mcpTokenClaimOf(signIn: Stage['deployment']['signIn'], { variable }: RunningService): FlowNames['tokenClaim'] {
  return 'issuer' in signIn && signIn.tokenClaim !== 'client_id'
    ? { aud: variable('MCP_AUDIENCE', mcpResourceOf(variable('PUBLIC_URL'))) }
    : { client_id: variable('MCP_CLIENT_IDS').split(',')[0] ?? '' }
}

/** The calls of one service are simulated one after the other: IAM allows few simulations at a time. */
async function judge(
  stage: Stage,
  service: ContainerName,
  calls: readonly SimulatedCall[],
  shouldBeAllowed: boolean,
): Promise<Finding[]> {
  const { taskRoleArn = '' } = (await stage.services())[service] ?? {}
  const findings: Finding[] = []
  for (const call of calls) {
    const { isAllowed, refused, byOrganization } = await simulateCall(stage.aws.iam, taskRoleArn, call)
    if (shouldBeAllowed && !isAllowed)
      findings.push(
        wrong(
          `The task role of ${service} may not call ${call.action} on ${refused.join(', ')}.`,
          byOrganization ? BY_ORGANIZATION : `${DEPLOY_AGAIN} ${BY_OTHERS}`,
        ),
      )
    if (!shouldBeAllowed && isAllowed)
      findings.push(
        wrong(
          `The task role of ${service} may call ${call.action}, which it must not.`,
          'Remove the policy that allows it.',
        ),
      )
  }
  return findings
}

const BY_ORGANIZATION = 'A service control policy of your organization denies it: ask those who maintain it.'
const BY_OTHERS = 'If it stays, a permissions boundary or a policy attached by hand denies it.'
