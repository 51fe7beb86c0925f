import type { SynthesizeServices } from '@agent-identity/infra/synthesized-service'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { evaluate, requirePolicies } from 'agentcore-identity-emulator/iam'
import { callsOfTheFlow, type FlowNames } from './calls-of-the-flow.ts'
import type { SimulatedCall } from './simulate-call.ts'

/** A variable, so that the compiler does not follow the import: the CDK app has other compiler options (infra/tsconfig.json). */
const CDK_APP: string = '@agent-identity/infra/synthesized-services'

const ACCOUNT_ID = '123456789012'
const HERE = `us-east-1:${ACCOUNT_ID}`
const ISSUER = 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Example1'
const CLIENT = 'sign-in-client'
const CONTEXT = { stage: 'sandbox', region: 'us-east-1', providers: 'profile' }
const PROVIDER = 'agent-identity-sandbox-profile'
const SECRET = `arn:aws:secretsmanager:${HERE}:secret:bedrock-agentcore-identity!default/oauth2/${PROVIDER}`

const namesOf = (
  identityArtifact: FlowNames['identityArtifact'],
  suffix: string,
  mcpTokenClaim?: FlowNames['tokenClaim'],
): FlowNames => ({
  region: 'us-east-1',
  accountId: ACCOUNT_ID,
  workloadName: 'agent-identity-sandbox',
  identityArtifact,
  userIdPrefix: 'cognito',
  issuer: ISSUER,
  tokenClaim: { client_id: CLIENT },
  mcpTokenClaim,
  modelId: 'us.amazon.nova-2-lite-v1:0',
  providers: [
    {
      credential: 'user',
      arn: `arn:aws:bedrock-agentcore:${HERE}:token-vault/default/oauth2credentialprovider/${PROVIDER}`,
      secretArn: `${SECRET}${suffix}`,
    },
  ],
})

type Policies = Readonly<Record<'agent-workload' | 'session-binding', { taskRolePolicies: object[] }>> & {
  readonly 'mcp-server'?: { taskRolePolicies: object[] } | undefined
}

describe.each(['jwt', 'user-id'] as const)(
  'the calls of the flow, with %s as identity artifact',
  (identityArtifact) => {
    let deployed: Policies
    const ofMcpClients = identityArtifact === 'jwt' ? { client_id: 'mcp-client' } : undefined

    beforeAll(async () => {
      const { synthesizeServices } = (await import(CDK_APP)) as { synthesizeServices: SynthesizeServices }
      const synthesized = synthesizeServices(
        { ...CONTEXT, mcp: String(ofMcpClients !== undefined) },
        { identityArtifact },
      )
      deployed = synthesized({
        accountId: ACCOUNT_ID,
        issuer: ISSUER,
        signInClientId: CLIENT,
        mcpClientId: 'mcp-client',
      })
      // A synthesis keeps a core busy for seconds.
    }, 240_000)

    test.each([
      ['agent-workload', '-AbCdEf'],
      ['agent-workload', '-0123abcd-AbCdEf'],
      ['session-binding', '-AbCdEf'],
      ['session-binding', '-0123abcd-AbCdEf'],
      ...(ofMcpClients
        ? ([
            ['mcp-server', '-AbCdEf'],
            ['mcp-server', '-0123abcd-AbCdEf'],
          ] as const)
        : []),
    ] as const)('are granted to %s, and the forbidden ones are not (secret …%s)', (service, suffix) => {
      const calls = callsOfTheFlow(namesOf(identityArtifact, suffix, ofMcpClients))
      const { needed, forbidden } = calls[service] ?? { needed: [], forbidden: [] }
      const isAllowed = (call: SimulatedCall) => isGranted(deployed[service]?.taskRolePolicies ?? [], call)
      expect(needed.filter((call) => !isAllowed(call))).toEqual([])
      expect(forbidden.filter(isAllowed)).toEqual([])
      expect([needed.length, forbidden.length].every((count) => count > 1)).toBe(true)
    })
  },
)

function isGranted(policies: readonly object[], { action, resources, context }: SimulatedCall): boolean {
  const identityPolicies = requirePolicies(policies)
  return resources.every(
    (resource) => evaluate({ identityPolicies }, { action, resource, context }).result === 'Allowed',
  )
}
