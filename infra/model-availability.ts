import {
  type BedrockClient,
  GetFoundationModelAvailabilityCommand,
  type GetFoundationModelAvailabilityCommandOutput,
  GetInferenceProfileCommand,
} from '@aws-sdk/client-bedrock'

/** `unknown`: Bedrock does not say. */
export type ModelAvailability = { problem: string; mend: string } | { unknown: string } | 'available'

/** @returns what follows the prefix of an inference profile (a geography, or `global`); undefined without such a prefix */
export const baseModelOf = (modelId: string): string | undefined =>
  /^(?:us|us-gov|eu|apac|jp|au|ca|global)\.(.+)$/.exec(modelId)?.[1]

/** Does not call the model, because each call costs money. */
export async function modelAvailability(
  bedrock: BedrockClient,
  { modelId, region }: { modelId: string; region: string },
): Promise<ModelAvailability> {
  const base = baseModelOf(modelId)
  if (base === undefined) {
    const availability = await availabilityOf(bedrock, modelId)
    return availability?.regionAvailability === 'AVAILABLE'
      ? accessTo(modelId, availability)
      : { problem: `The model ${modelId} is not offered in ${region}.`, mend: ANOTHER_MODEL }
  }
  if (!(await isActive(bedrock, modelId)))
    return { problem: `The inference profile ${modelId} is not offered in ${region}.`, mend: ANOTHER_MODEL }
  // This Region need not have the model: the profile may route calls to Regions that have it.
  const availability = await availabilityOf(bedrock, base)
  return availability
    ? accessTo(base, availability)
    : { unknown: `Bedrock does not say in ${region} whether this account may call ${base}.` }
}

const ANOTHER_MODEL = 'Choose another one with -c modelId=…, and deploy.'

async function isActive(bedrock: BedrockClient, inferenceProfileIdentifier: string): Promise<boolean> {
  const profile = await unlessUnknown(bedrock.send(new GetInferenceProfileCommand({ inferenceProfileIdentifier })))
  return profile?.status === 'ACTIVE'
}

const availabilityOf = (bedrock: BedrockClient, modelId: string) =>
  unlessUnknown(bedrock.send(new GetFoundationModelAvailabilityCommand({ modelId })))

/** Bedrock reports an unknown id as invalid. */
async function unlessUnknown<Reply>(reply: Promise<Reply>): Promise<Reply | undefined> {
  try {
    return await reply
  } catch (error) {
    if (['ResourceNotFoundException', 'ValidationException'].includes((error as Error).name)) return undefined
    throw error
  }
}

function accessTo(modelId: string, availability: GetFoundationModelAvailabilityCommandOutput): ModelAvailability {
  const { authorizationStatus, entitlementAvailability, agreementAvailability } = availability
  const isAllowed = authorizationStatus === 'AUTHORIZED' && entitlementAvailability === 'AVAILABLE'
  const isAgreed = agreementAvailability?.status !== 'NOT_AVAILABLE' && agreementAvailability?.status !== 'ERROR'
  if (isAllowed && isAgreed) return 'available'
  return {
    problem: `This account may not call the model ${modelId} yet.`,
    mend: 'Ask for access to it in the Bedrock console (Model access), or choose another one with -c modelId=….',
  }
}
