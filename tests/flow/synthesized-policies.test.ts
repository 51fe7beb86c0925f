import type { SynthesizedServices } from '@agent-identity/infra/synthesized-service'
import { WITH_STAND_IN } from '@agent-identity/providers/stand-ins'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { auditLinesOf } from '../support/audit-lines.ts'
import { outcomeOf } from '../support/person.ts'
import { withoutEach } from '../support/policies.ts'
import { flowOf, PROVIDER_FLOWS, WITHOUT_CONSENT_FLOWS } from '../support/provider-flows.ts'
import { emulatorOf, logOf, type Service, type Stack, signedIn, stackOfThisWorker } from '../support/stack.ts'
import { startStackOfItsOwn } from '../support/stack-of-its-own.ts'
import { deploymentOf, ONLY_IN_AWS, synthesize } from '../support/synthesized.ts'
import { until } from '../support/until.ts'

const MINT = { jwt: 'GetWorkloadAccessTokenForJWT', 'user-id': 'GetWorkloadAccessTokenForUserId' } as const
const SERVICES = ['agent-workload', 'session-binding'] as const satisfies readonly Service[]

/** Actions that a flow with a consent does not need. */
const WITHOUT_CONSENT_ONLY = ['bedrock-agentcore:GetWorkloadAccessToken', 'bedrock-agentcore:GetResourceApiKey']

/** One provider with the operator's OAuth client, and each whose client the deployment creates. */
const REPRESENTATIVES = PROVIDER_FLOWS.filter(
  ({ provider }) => provider === WITH_STAND_IN[0] || !WITH_STAND_IN.includes(provider),
)

/** Each kind of minting, and each generation of secret names. */
const STAGES = [
  { stage: 'sandbox', mode: 'jwt', secretNames: 'with-hex' },
  { stage: 'production', mode: 'user-id', secretNames: 'without-hex' },
] as const

/** How ARNs of client secrets end, in both generations. */
const SECRET_SUFFIXES = { 'with-hex': '-????????-??????', 'without-hex': '-??????' }

const TITLE = 'under what the CDK app synthesizes for $stage in mode $mode, client secrets $secretNames'
describe.each(STAGES)(TITLE, ({ stage, mode, secretNames }) => {
  let stack: Stack
  let services: SynthesizedServices
  let stop = async () => {}

  beforeAll(async () => {
    if (stage === 'sandbox') stack = stackOfThisWorker()
    else ({ stack, stop } = await startStackUnder(await synthesize(stage, { identityArtifact: mode }), secretNames))
    if (!stack.synthesized) throw new Error('The stack runs under something else')
    services = stack.synthesized
  })
  afterAll(() => stop())

  test.each(PROVIDER_FLOWS)('$provider: sign in, ask, consent, bind, answer', async ({ question }) => {
    const who = await signedIn(stack)
    const count = await emulatorOf(stack).counting()
    const { stream } = await who.ask(question)
    const { startUrl } = (await stream.next('authorization_required')).data
    expect(outcomeOf(await who.consent(startUrl))).toBe('bound')
    expect(await stream.answer()).toContain(who.username)
    const calls = [MINT[mode], 'GetResourceOauth2Token', 'CompleteResourceTokenAuth']
    for (const operation of calls) expect(await count(operation)).toBeGreaterThan(0)
  })

  test.each(SERVICES)('%s has its policies here, and every variable that is not for AWS only', (service) => {
    const { values, secrets, taskRolePolicies } = services[service]
    expect(stack.deployment.taskRolePolicies[service]).toEqual(taskRolePolicies)
    const here = Object.entries(values).filter(([name]) => !(name in ONLY_IN_AWS))
    expect(here.length).toBeGreaterThan(2)
    expect(stack.environments[service]).toMatchObject(Object.fromEntries(here))
    expect(Object.keys(stack.environments[service])).toEqual(expect.arrayContaining([...secrets]))
  })

  test.each(WITHOUT_CONSENT_FLOWS.filter(({ credential }) => mode === 'jwt' || credential !== 'on-behalf-of'))(
    '$provider, $credential: sign in, ask, answer',
    async ({ question }) => {
      const who = await signedIn(stack)
      const { stream } = await who.ask(question)
      expect(await stream.answer()).not.toContain('sorry')
      expect(stream.events.map(({ event }) => event)).not.toContain('authorization_required')
    },
  )

  /** @returns the outcome, and what AgentCore refused */
  async function flowWith(service: Service, policies: readonly unknown[], provider: string): Promise<string> {
    const emulator = emulatorOf(stack)
    const who = await signedIn(stack)
    const before = (await emulator.calls()).length
    await emulator.setPolicies(stack.awsCredentials[service].accessKeyId, policies)
    const { stream } = await who.ask(flowOf(provider).question)
    const { startUrl } = (await stream.next('authorization_required')).data
    const page =
      service === 'session-binding'
        ? outcomeOf(await who.consent(startUrl))
        : `the link ${(await who.browser.send(new URL(startUrl, stack.app), {})).status}`
    await stream.next('authorization_failed')
    const isAnswered = (await stream.answer()).includes(who.username)
    const refused = (await emulator.calls()).slice(before).filter(({ status }) => status === 403)
    return `${page}, ${isAnswered ? 'answered' : 'no answer'}, refused ${[...new Set(refused.map(({ operation }) => operation))]}`
  }

  test.each(SERVICES)(
    'without any single permission of %s on any single resource there is no answer',
    async (service) => {
      const policies = stack.deployment.taskRolePolicies[service]
      const { credentialProviders } = stack.deployment
      const nameOf = (provider: string) => `/${credentialProviders[provider]}`
      const others = [...PROVIDER_FLOWS, ...WITHOUT_CONSENT_FLOWS].filter((one) => !REPRESENTATIVES.includes(one))
      const mutations = withoutEach(policies, /^(bedrock-agentcore|secretsmanager):/).filter(
        ({ action, resource }) =>
          !WITHOUT_CONSENT_ONLY.includes(action) && !others.some(({ provider }) => resource.includes(nameOf(provider))),
      )
      // Minting has 2 resources (directory, identity), the other operation 3 (the vault, too); each provider has its record
      // and both names of its client secret.
      expect(mutations).toHaveLength((service === 'agent-workload' ? 2 + 3 : 3) + REPRESENTATIVES.length * 3)
      const outcomes: Record<string, string> = {}
      const expected: Record<string, string> = {}
      try {
        for (const { action, resource, rest } of mutations) {
          const name = `${action} on ${resource}`
          const named = REPRESENTATIVES.find((one) => resource.includes(nameOf(one.provider)))
          const provider = named?.provider ?? 'profile'
          const isOtherGeneration =
            action === 'secretsmanager:GetSecretValue' &&
            !resource.endsWith(`${credentialProviders[provider]}${SECRET_SUFFIXES[secretNames]}`)
          if (isOtherGeneration) continue
          outcomes[name] = await flowWith(service, rest, provider)
          expected[name] =
            service === 'session-binding'
              ? 'not_recognized, no answer, refused CompleteResourceTokenAuth'
              : `the link 409, no answer, refused ${action === `bedrock-agentcore:${MINT[mode]}` ? MINT[mode] : 'GetResourceOauth2Token'}`
        }
        // For each provider, one of its client secret's two names was left out.
        expect(Object.keys(outcomes)).toHaveLength(mutations.length - REPRESENTATIVES.length)
      } finally {
        await emulatorOf(stack).setPolicies(stack.awsCredentials[service].accessKeyId, policies)
      }
      expect(outcomes).toEqual(expected)
      if (service === 'session-binding')
        await until(async () => refusalsByAgentCore(await logOf(stack)) >= Object.keys(outcomes).length)
    },
  )
})

async function startStackUnder(
  servicesFor: Awaited<ReturnType<typeof synthesize>>,
  secretNames: (typeof STAGES)[number]['secretNames'],
) {
  let synthesized: SynthesizedServices | undefined
  const stack = await startStackOfItsOwn(
    {},
    {
      identityAssumptions: { secretNames },
      extraUsers: Array.from({ length: 40 }, (_, n) => `user-${n + 1}`),
      deploy(surroundings) {
        synthesized = servicesFor(surroundings)
        return deploymentOf(synthesized)
      },
    },
  )
  return { stack: { ...stack, ...(synthesized ? { synthesized } : {}) }, stop: stack.stop }
}

const refusalsByAgentCore = (log: string) =>
  auditLinesOf(log).filter((line) => line.event === 'binding_refused' && line.reason === 'refused-by-agentcore').length
