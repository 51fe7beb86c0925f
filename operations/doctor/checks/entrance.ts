import { GetDistributionCommand, GetVpcOriginCommand } from '@aws-sdk/client-cloudfront'
import { type DeployedStack, idsOf } from '../../target/deployed-stacks.ts'
import { type Check, DEPLOY_AGAIN, type Finding, wrong } from '../finding.ts'
import { requireId, requireStack, type Stage } from '../stage.ts'

const WAIT = 'CloudFront takes some minutes: run doctor again then.'

export const entrance: Check<Stage> = {
  name: 'CloudFront and its VPC origin',
  async run(stage) {
    if (stage.deployment.entrance.kind !== 'cloudfront') return []
    const edge = requireStack(await stage.stacks(), 'edge')
    return [...(await vpcOriginOf(stage, edge)), ...(await distributionOf(stage, edge))]
  },
}

async function vpcOriginOf({ aws }: Stage, edge: DeployedStack): Promise<Finding[]> {
  const [Id] = idsOf(edge, 'AWS::CloudFront::VpcOrigin')
  if (!Id) return [wrong('There is no VPC origin: CloudFront cannot reach the load balancer.', DEPLOY_AGAIN)]
  const { VpcOrigin } = await aws.cloudFront.send(new GetVpcOriginCommand({ Id }))
  if (VpcOrigin?.Status === 'Deployed') return []
  return [wrong(`The VPC origin ${Id} is ${VpcOrigin?.Status}, not Deployed.`, WAIT)]
}

async function distributionOf({ aws }: Stage, edge: DeployedStack): Promise<Finding[]> {
  const Id = requireId(edge, 'AWS::CloudFront::Distribution')
  const { Distribution } = await aws.cloudFront.send(new GetDistributionCommand({ Id }))
  return [
    ...(Distribution?.Status === 'Deployed'
      ? []
      : [wrong(`The distribution ${Id} is ${Distribution?.Status}, not Deployed.`, WAIT)]),
    ...(Distribution?.DistributionConfig?.Enabled
      ? []
      : [wrong(`The distribution ${Id} is switched off.`, 'Enable it in the CloudFront console.')]),
  ]
}
