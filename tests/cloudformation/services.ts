import { BedrockAgentCoreControlClient } from '@aws-sdk/client-bedrock-agentcore-control'
import { CloudFormationClient } from '@aws-sdk/client-cloudformation'
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider'
import { ECSClient } from '@aws-sdk/client-ecs'
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2'
import { ElastiCacheClient } from '@aws-sdk/client-elasticache'
import { IAMClient } from '@aws-sdk/client-iam'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { SSMClient } from '@aws-sdk/client-ssm'

export interface Endpoints {
  moto: string
  /** The emulator's URL. */
  agentcore: string
}

export const CREDENTIALS = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'example' }

export function createServices(region: string, { moto, agentcore }: Endpoints) {
  const config = { region, credentials: { ...CREDENTIALS }, endpoint: moto, maxAttempts: 1 }
  return {
    agentcore: new BedrockAgentCoreControlClient({ ...config, endpoint: agentcore }),
    cloudFormation: new CloudFormationClient(config),
    cognito: new CognitoIdentityProviderClient(config),
    ecs: new ECSClient(config),
    elastiCache: new ElastiCacheClient(config),
    iam: new IAMClient(config),
    loadBalancing: new ElasticLoadBalancingV2Client(config),
    logs: new CloudWatchLogsClient(config),
    secretsManager: new SecretsManagerClient(config),
    ssm: new SSMClient(config),
  }
}

export type Services = ReturnType<typeof createServices>
