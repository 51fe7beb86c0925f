import { DescribeAddressesCommand, DescribeVpcsCommand } from '@aws-sdk/client-ec2'
import { GetServiceQuotaCommand } from '@aws-sdk/client-service-quotas'
import { vcpusNeeded } from '../../vcpus-needed.ts'
import type { Answer, Place, Question } from './questions.ts'

const FARGATE_VCPUS = { ServiceCode: 'fargate', QuotaCode: 'L-3032A538' }
const ELASTIC_ADDRESSES = { ServiceCode: 'ec2', QuotaCode: 'L-0263D0A3' }
const VPCS = { ServiceCode: 'vpc', QuotaCode: 'L-F678F1CE' }

export function quotaQuestions(place: Place): Question[] {
  const { network } = place.deployment
  const vcpus = { about: 'whether the quota of Fargate vCPUs is enough', ask: () => fargate(place) }
  if ('vpcId' in network) return [vcpus]
  return [
    vcpus,
    { about: 'whether the quota of VPCs is enough', ask: () => vpcs(place) },
    { about: 'whether the quota of Elastic IP addresses is enough', ask: () => addresses(place, network.natGateways) },
  ]
}

/** What other services of the account use is not known here. */
async function fargate(place: Place): Promise<Answer> {
  const quota = await quotaOf(place, FARGATE_VCPUS)
  const { atLeast, atMost } = vcpusNeeded(place.deployment)
  if (quota < atLeast)
    return {
      problems: [
        `The services need ${atLeast} vCPUs of Fargate, and the account has a quota of ${quota}. ${ASK_FOR_MORE}`,
      ],
    }
  return quota < atMost
    ? {
        notes: [
          `At their maximum, during a deployment, the services need ${atMost} vCPUs of Fargate, and the account has a quota of ${quota}.`,
        ],
      }
    : {}
}

async function vpcs(place: Place): Promise<Answer> {
  const { Vpcs = [] } = await place.aws.ec2.send(new DescribeVpcsCommand({}))
  return enough('VPCs', await quotaOf(place, VPCS), { needed: 1, existing: Vpcs, place })
}

async function addresses(place: Place, needed: number): Promise<Answer> {
  const { Addresses = [] } = await place.aws.ec2.send(new DescribeAddressesCommand({}))
  return enough('Elastic IP addresses', await quotaOf(place, ELASTIC_ADDRESSES), { needed, existing: Addresses, place })
}

interface Tagged {
  Tags?: { Key?: string | undefined; Value?: string | undefined }[] | undefined
}

/** The tags of `define-stacks.ts` mark what this stage has from an earlier deployment. */
function enough(
  what: string,
  quota: number,
  { needed, existing, place }: { needed: number; existing: readonly Tagged[]; place: Place },
): Answer {
  const ours = existing.filter(
    ({ Tags = [] }) =>
      Tags.some(({ Key, Value }) => Key === 'project' && Value === 'agentcore-identity-on-ecs') &&
      Tags.some(({ Key, Value }) => Key === 'stage' && Value === place.deployment.name),
  ).length
  const more = needed - ours
  if (more <= 0 || existing.length + more <= quota) return {}
  return {
    problems: [
      `The deployment makes ${more} ${what}; the account has ${existing.length} in ${place.deployment.region}, and a quota of ${quota}. ${ASK_FOR_MORE}`,
    ],
  }
}

const ASK_FOR_MORE = 'Ask for more in the Service Quotas console.'

async function quotaOf({ aws }: Place, quota: { ServiceCode: string; QuotaCode: string }): Promise<number> {
  const { Quota } = await aws.quotas.send(new GetServiceQuotaCommand(quota))
  if (Quota?.Value === undefined) throw Object.assign(new Error(), { name: 'no value' })
  return Quota.Value
}
