import { ACMClient } from '@aws-sdk/client-acm'
import { BedrockClient } from '@aws-sdk/client-bedrock'
import { EC2Client } from '@aws-sdk/client-ec2'
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2'
import { Route53Client } from '@aws-sdk/client-route-53'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas'
import type { Deployment } from '../../read-deployment.ts'

/** What AWS can answer before the deployment. */
export interface Question {
  /** `whether the secret agents/github exists`; completes "could not be asked: …". */
  about: string
  ask(): Promise<Answer>
}

/** A problem would end the deployment with an error, or leave it unusable. A note says what an operator may want to know. No part of a secret may be in either. */
export interface Answer {
  problems?: readonly string[]
  notes?: readonly string[]
}

export interface Place {
  deployment: Deployment
  accountId: string
  aws: AwsClients
}

export interface ClientOptions {
  endpoint?: string
  credentials?: { accessKeyId: string; secretAccessKey: string }
}

export type AwsClients = ReturnType<typeof createAwsClients>

export function createAwsClients(region: string, options: ClientOptions = {}) {
  const common = {
    region,
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 6_000, throwOnRequestTimeout: true },
    ...options,
  }
  return {
    bedrock: new BedrockClient(common),
    certificates: new ACMClient(common),
    ec2: new EC2Client(common),
    loadBalancing: new ElasticLoadBalancingV2Client(common),
    quotas: new ServiceQuotasClient(common),
    route53: new Route53Client(common),
    secretsManager: new SecretsManagerClient(common),
  }
}

/** Names of errors differ between the services: `ResourceNotFoundException`, `ListenerNotFoundException`, `NoSuchHostedZone`. */
const isNotFound = (error: unknown): boolean => /^(\w*NotFound(Exception)?|NoSuch\w+)$/.test((error as Error).name)

/** @returns undefined for what does not exist */
export async function unlessMissing<Reply>(reply: Promise<Reply>): Promise<Reply | undefined> {
  try {
    return await reply
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}
