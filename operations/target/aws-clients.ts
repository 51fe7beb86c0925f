import { BedrockClient } from '@aws-sdk/client-bedrock'
import { BedrockAgentCoreControlClient } from '@aws-sdk/client-bedrock-agentcore-control'
import { CloudFormationClient } from '@aws-sdk/client-cloudformation'
import { CloudTrailClient } from '@aws-sdk/client-cloudtrail'
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider'
import { ECSClient } from '@aws-sdk/client-ecs'
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2'
import { ElastiCacheClient } from '@aws-sdk/client-elasticache'
import { IAMClient } from '@aws-sdk/client-iam'
import { KMSClient } from '@aws-sdk/client-kms'
import { ResourceGroupsTaggingAPIClient } from '@aws-sdk/client-resource-groups-tagging-api'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas'
import { STSClient } from '@aws-sdk/client-sts'
import { WAFV2Client } from '@aws-sdk/client-wafv2'
import { NodeHttpHandler } from '@smithy/node-http-handler'

export interface ClientOptions {
  endpoint?: string
  credentials?: { accessKeyId: string; secretAccessKey: string }
}

/** By error: the operation that threw it, for example `IAM:SimulatePrincipalPolicy`. */
const operations = new WeakMap<object, string>()
export const operationOf = (error: unknown): string | undefined => operations.get(Object(error))

/** By default, the SDK finds credentials and endpoints: `AWS_PROFILE`, `AWS_ENDPOINT_URL`, `AWS_ENDPOINT_URL_<SERVICE>`. */
export function createAwsClients(region: string, options: ClientOptions = {}) {
  const common = {
    region,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: 5_000,
      requestTimeout: 20_000,
      throwOnRequestTimeout: true,
    }),
    ...options,
    // The SDK modifies the credentials object that it is given.
    ...(options.credentials ? { credentials: { ...options.credentials } } : {}),
  }
  const clients = {
    agentcore: new BedrockAgentCoreControlClient(common),
    bedrock: new BedrockClient(common),
    cloudFormation: new CloudFormationClient(common),
    cloudTrail: new CloudTrailClient(common),
    cognito: new CognitoIdentityProviderClient(common),
    ecs: new ECSClient(common),
    elastiCache: new ElastiCacheClient(common),
    iam: new IAMClient(common),
    kms: new KMSClient(common),
    loadBalancing: new ElasticLoadBalancingV2Client(common),
    logs: new CloudWatchLogsClient(common),
    quotas: new ServiceQuotasClient(common),
    secretsManager: new SecretsManagerClient(common),
    sts: new STSClient(common),
    tagging: new ResourceGroupsTaggingAPIClient(common),
    firewall: new WAFV2Client(common),
  }
  for (const client of Object.values(clients)) rememberOperations(client)
  return clients
}

export type AwsClients = ReturnType<typeof createAwsClients>

type Ask = (args: unknown) => Promise<unknown>
interface AnyStack {
  add(
    middleware: (next: Ask, of: { clientName?: string; commandName?: string }) => Ask,
    at: { step: 'initialize' },
  ): void
}

/** The SDK's errors do not contain the operation. */
function rememberOperations(client: { middlewareStack: unknown }): void {
  const stack = client.middlewareStack as AnyStack
  const middleware: Parameters<AnyStack['add']>[0] = (next, of) => async (args) => {
    try {
      return await next(args)
    } catch (error) {
      const service = of.clientName?.replace(/Client$/, '')
      operations.set(Object(error), `${service}:${of.commandName?.replace(/Command$/, '')}`)
      throw error
    }
  }
  stack.add(middleware, { step: 'initialize' })
}
