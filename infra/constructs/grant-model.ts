import { Stack } from 'aws-cdk-lib'
import * as iam from 'aws-cdk-lib/aws-iam'
import { acknowledge } from './acknowledge.ts'

/** A geography, or `global`, and the model's id. */
const INFERENCE_PROFILE = /^(us|us-gov|eu|apac|jp|au|ca|global)\.(.+)$/

/**
 * A call through an inference profile needs permission for the profile and, in every Region to which it routes, for the model (Bedrock user guide,
 * inference-profiles-prereq). The condition prevents a call of the model without the profile.
 */
export function grantModel(role: iam.Role, modelId: string): void {
  const { account, region } = Stack.of(role)
  const actions = ['bedrock:InvokeModel', 'bedrock:InvokeModelWithResponseStream']
  const model = INFERENCE_PROFILE.exec(modelId)?.[2]
  if (model === undefined) {
    role.addToPolicy(
      new iam.PolicyStatement({ actions, resources: [`arn:aws:bedrock:${region}::foundation-model/${modelId}`] }),
    )
    return
  }
  const profileArn = `arn:aws:bedrock:${region}:${account}:inference-profile/${modelId}`
  const modelArn = `arn:aws:bedrock:*::foundation-model/${model}`
  role.addToPolicy(new iam.PolicyStatement({ actions, resources: [profileArn] }))
  role.addToPolicy(
    new iam.PolicyStatement({
      actions,
      resources: [modelArn],
      conditions: { StringEquals: { 'bedrock:InferenceProfileArn': profileArn } },
    }),
  )
  acknowledge(role, {
    [`AwsSolutions-IAM5[Resource::${modelArn}]`]:
      'The inference profile chooses the Region: AWS adds Regions to a profile without notice. The model is named and the condition names the profile.',
  })
}
