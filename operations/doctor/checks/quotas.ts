import { SERVICE_NAMES } from '@agent-identity/infra/names'
import {
  paginateListApiKeyCredentialProviders,
  paginateListOauth2CredentialProviders,
  paginateListWorkloadIdentities,
} from '@aws-sdk/client-bedrock-agentcore-control'
import {
  GetServiceQuotaCommand,
  paginateListServiceQuotas,
  type ServiceQuotasClient,
} from '@aws-sdk/client-service-quotas'
import { type Check, type Finding, wrong } from '../finding.ts'
import type { Stage } from '../stage.ts'

const NEAR_THE_END = 0.9

/** Fargate On-Demand vCPU resource count. */
const FARGATE_VCPU = 'L-3032A538'

/** Default quotas (devguide, bedrock-agentcore-limits, read 2026-09). */
const DEFAULTS = { providers: 50, keys: 50, identities: 11_000 }

export const quotas: Check<Stage> = {
  name: 'quotas',
  async run(stage) {
    const findings = await Promise.all([vcpus(stage), agentcore(stage)])
    return findings.flat()
  },
}

/** Twice the maximum number of tasks: a deployment starts new ones before it ends the old ones. */
async function vcpus({ aws, deployment }: Stage): Promise<Finding[]> {
  const { Quota } = await aws.quotas.send(
    new GetServiceQuotaCommand({ ServiceCode: 'fargate', QuotaCode: FARGATE_VCPU }),
  )
  const { services, mcp } = deployment
  const needed = [...SERVICE_NAMES.map((name) => services[name]), ...(mcp.enabled ? [mcp.size] : [])]
    .map(({ cpu, maxTasks }) => (2 * cpu * maxTasks) / 1024)
    .reduce((sum, one) => sum + one, 0)
  return near('vCPUs of Fargate', needed, Quota?.Value)
}

async function agentcore({ aws }: Stage): Promise<Finding[]> {
  const [providers, keys, identities, limits] = await Promise.all([
    countPages(
      paginateListOauth2CredentialProviders({ client: aws.agentcore }, {}),
      (page) => page.credentialProviders,
    ),
    countPages(
      paginateListApiKeyCredentialProviders({ client: aws.agentcore }, {}),
      (page) => page.credentialProviders,
    ),
    countPages(paginateListWorkloadIdentities({ client: aws.agentcore }, {}), (page) => page.workloadIdentities),
    limitsOf(aws.quotas),
  ])
  return [
    ...near('OAuth2 credential providers', providers, limits(/oauth2? credential provider/i) ?? DEFAULTS.providers),
    ...near('API key credential providers', keys, limits(/api ?key credential provider/i) ?? DEFAULTS.keys),
    ...near('workload identities', identities, limits(/workload identit/i) ?? DEFAULTS.identities),
  ]
}

async function countPages<Page>(
  pages: AsyncIterable<Page>,
  itemsOf: (page: Page) => readonly unknown[] | undefined,
): Promise<number> {
  let count = 0
  for await (const page of pages) count += itemsOf(page)?.length ?? 0
  return count
}

/** By name: AWS documents no codes for these quotas. */
async function limitsOf(client: ServiceQuotasClient): Promise<(name: RegExp) => number | undefined> {
  const quotas: { QuotaName?: string | undefined; Value?: number | undefined }[] = []
  for await (const { Quotas } of paginateListServiceQuotas({ client }, { ServiceCode: 'bedrock-agentcore' }))
    quotas.push(...(Quotas ?? []))
  return (name) => quotas.find(({ QuotaName }) => name.test(QuotaName ?? ''))?.Value
}

function near(what: string, used: number, limit: number | undefined): Finding[] {
  if (limit === undefined || used < limit * NEAR_THE_END) return []
  return [
    wrong(
      `The account has a quota of ${limit} ${what}, and ${used} are used or may be needed.`,
      'Ask for more in the Service Quotas console, or remove what is not needed.',
    ),
  ]
}
