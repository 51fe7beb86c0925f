/** The types of our templates that take our tags, and that CloudFormation does not give its own (`aws:cloudformation:…`): `cfn-lint.test.ts` compares. */
export const TYPES_WITHOUT_STACK_TAGS = [
  'AWS::ApplicationAutoScaling::ScalableTarget',
  'AWS::CloudFront::Distribution',
  'AWS::CloudFront::Function',
  'AWS::CloudFront::VpcOrigin',
  'AWS::ECS::Service',
  'AWS::ElastiCache::ParameterGroup',
  'AWS::ElastiCache::ReplicationGroup',
  'AWS::ElastiCache::SubnetGroup',
  'AWS::ElastiCache::User',
  'AWS::ElastiCache::UserGroup',
  'AWS::IAM::Role',
  'AWS::KMS::Key',
]
