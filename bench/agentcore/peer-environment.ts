import type { BenchStack } from '../support/bench-stack.ts'

/** The peer signs as a principal that our services do not use, so that its calls are counted separately. */
export const peerEnvironment = (stack: BenchStack): Record<string, string> => ({
  AWS_REGION: stack.awsRegion,
  AWS_ENDPOINT_URL_BEDROCK_AGENTCORE: stack.agentcoreIdentity,
  AWS_ACCESS_KEY_ID: stack.awsCredentials.administrator.accessKeyId,
  AWS_SECRET_ACCESS_KEY: stack.awsCredentials.administrator.secretAccessKey,
})
