import { vcpusNeeded } from '@agent-identity/infra/vcpus-needed'
import { GetServiceQuotaCommand } from '@aws-sdk/client-service-quotas'
import { byHand, type Check } from '../finding.ts'
import type { Stage } from '../stage.ts'

/** Fargate On-Demand vCPU resource count. */
const FARGATE_VCPU = { ServiceCode: 'fargate', QuotaCode: 'L-3032A538' }

export const quotas: Check<Stage> = {
  name: 'quotas',
  async run({ aws, deployment }) {
    const { Quota: { Value: limit } = {} } = await aws.quotas.send(new GetServiceQuotaCommand(FARGATE_VCPU))
    const needed = vcpusNeeded(deployment).atMost
    if (limit === undefined || needed <= limit) return []
    return [
      byHand(
        `A deployment with as many tasks as the stage allows needs ${needed} vCPUs of Fargate, and the account has a quota of ${limit}: ask for more in the Service Quotas console.`,
      ),
    ]
  },
}
