import type { Services } from '../services.ts'
import { credentialProvider, workloadIdentity } from './agentcore.ts'
import { apiCall } from './api-call.ts'
import { userPool, userPoolClient, userPoolDomain } from './cognito.ts'
import { service, taskDefinition } from './ecs.ts'
import { parameterAndReplicationGroups, subnetGroup, user } from './elasticache.ts'
import { nameOnly, type ResourceType } from './resource-type.ts'
import { secret } from './secret.ts'

interface HandledType {
  /** Why moto does not create it, and what does. */
  because: string
  type: ResourceType
  /** moto has the type, but incompletely. */
  insteadOfMoto?: true
}

const BY_API = 'moto has the service, its CloudFormation not the type: made through the API of the service'
const FORGETFUL =
  'moto has the type and drops the roles of a task, and services stay on an old revision: made through the API of ECS'
const BY_EMULATOR = 'moto has no AgentCore Identity: made in the emulator'
const BY_NAME = 'moto has no such type: an id and the attributes that others refer to, nothing else'

/** Types that moto does not create, or not completely; `Type.Property` if it omits one property. */
export function createHandledTypes(servicesIn: (region: string) => Services): Readonly<Record<string, HandledType>> {
  const { parameterGroup, replicationGroup } = parameterAndReplicationGroups(servicesIn)
  return {
    'AWS::BedrockAgentCore::OAuth2CredentialProvider': { because: BY_EMULATOR, type: credentialProvider(servicesIn) },
    'AWS::BedrockAgentCore::WorkloadIdentity': { because: BY_EMULATOR, type: workloadIdentity(servicesIn) },

    'AWS::Cognito::UserPool': { because: BY_API, type: userPool(servicesIn) },
    'AWS::Cognito::UserPoolClient': { because: BY_API, type: userPoolClient(servicesIn) },
    'AWS::Cognito::UserPoolDomain': { because: BY_API, type: userPoolDomain(servicesIn) },
    'AWS::ElastiCache::ReplicationGroup': { because: BY_API, type: replicationGroup },
    'AWS::ElastiCache::SubnetGroup': { because: BY_API, type: subnetGroup(servicesIn) },
    'AWS::ElastiCache::User': { because: BY_API, type: user(servicesIn) },
    'AWS::SecretsManager::Secret': { because: BY_API, type: secret(servicesIn) },

    'AWS::ECS::Service': { because: FORGETFUL, type: service(servicesIn), insteadOfMoto: true },
    'AWS::ECS::TaskDefinition': { because: FORGETFUL, type: taskDefinition(servicesIn), insteadOfMoto: true },

    'Custom::AWS': {
      because: 'moto runs no Lambda functions: the call that the function would make',
      type: apiCall(servicesIn),
    },
    'Custom::S3AutoDeleteObjects': { because: 'moto runs no Lambda functions: nothing is done', type: nameOnly() },
    'Custom::VpcRestrictDefaultSG': { because: 'moto runs no Lambda functions: nothing is done', type: nameOnly() },

    'AWS::EC2::SecurityGroupIngress.SourcePrefixListId': { because: BY_NAME, type: nameOnly() },
    'AWS::ApplicationAutoScaling::ScalableTarget': { because: BY_NAME, type: nameOnly() },
    'AWS::ApplicationAutoScaling::ScalingPolicy': { because: BY_NAME, type: nameOnly() },
    'AWS::CloudFront::Distribution': {
      because: BY_NAME,
      type: nameOnly({ attributes: () => ({ DomainName: 'd111111abcdef8.cloudfront.net' }) }),
    },
    'AWS::CloudFront::Function': {
      because: BY_NAME,
      type: nameOnly({
        id: 'Name',
        attributes: (id) => ({ FunctionARN: `arn:aws:cloudfront::123456789012:function/${id}` }),
      }),
    },
    'AWS::CloudFront::VpcOrigin': { because: BY_NAME, type: nameOnly({ attributes: (id) => ({ Id: `vo_${id}` }) }) },
    'AWS::CloudTrail::Trail': { because: BY_NAME, type: nameOnly({ id: 'TrailName' }) },
    'AWS::CloudWatch::Alarm': { because: BY_NAME, type: nameOnly() },
    'AWS::Cognito::ManagedLoginBranding': { because: BY_NAME, type: nameOnly() },
    'AWS::EC2::SecurityGroupEgress': { because: BY_NAME, type: nameOnly() },
    'AWS::ElastiCache::ParameterGroup': { because: BY_NAME, type: parameterGroup },
    'AWS::ElastiCache::UserGroup': { because: BY_NAME, type: nameOnly({ id: 'UserGroupId' }) },
    'AWS::Logs::MetricFilter': { because: BY_NAME, type: nameOnly() },
    'AWS::S3::BucketPolicy': { because: BY_NAME, type: nameOnly({ id: 'Bucket' }) },
    'AWS::SNS::TopicPolicy': { because: BY_NAME, type: nameOnly() },
    'AWS::WAFv2::LoggingConfiguration': { because: BY_NAME, type: nameOnly({ id: 'ResourceArn' }) },
    'AWS::WAFv2::WebACL': {
      because: BY_NAME,
      type: nameOnly({
        attributes: (id) => ({ Arn: `arn:aws:wafv2:us-east-1:123456789012:regional/webacl/${id}/${id}` }),
      }),
    },
    'AWS::WAFv2::WebACLAssociation': { because: BY_NAME, type: nameOnly() },
  }
}
