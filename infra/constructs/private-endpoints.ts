import { Stack } from 'aws-cdk-lib'
import * as ec2 from 'aws-cdk-lib/aws-ec2'
import * as iam from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'
import type { Network } from './network.ts'
import type { Traffic } from './traffic.ts'

const SERVICES = {
  AgentCore: ec2.InterfaceVpcEndpointAwsService.BEDROCK_AGENTCORE,
  Model: ec2.InterfaceVpcEndpointAwsService.BEDROCK_RUNTIME,
  Secrets: ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
  ImageRegistry: ec2.InterfaceVpcEndpointAwsService.ECR,
  ImageLayers: ec2.InterfaceVpcEndpointAwsService.ECR_DOCKER,
  Logs: ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
} as const

/** For session binding, the start of its tasks, and the model. Not for Cognito: a user pool with a domain is not reachable through PrivateLink. */
export class PrivateEndpoints extends Construct {
  constructor(scope: Construct, id: string, { network, traffic }: { network: Network; traffic: Traffic }) {
    super(scope, id)
    for (const [name, service] of Object.entries(SERVICES)) {
      const endpoint = new ec2.InterfaceVpcEndpoint(this, name, {
        vpc: network.vpc,
        service,
        subnets: network.subnets.services,
        securityGroups: [traffic.endpoints],
        open: false,
      })
      // With credentials of other accounts an intruder could send data out.
      endpoint.addToPolicy(
        new iam.PolicyStatement({
          principals: [new iam.AnyPrincipal()],
          actions: ['*'],
          resources: ['*'],
          conditions: { StringEquals: { 'aws:PrincipalAccount': Stack.of(this).account } },
        }),
      )
    }
  }
}
