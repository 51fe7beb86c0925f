import {
  type BedrockClient,
  GetFoundationModelAvailabilityCommand,
  GetInferenceProfileCommand,
} from '@aws-sdk/client-bedrock'
import { isNotFound } from '../describe-failure.ts'
import { type Check, type Finding, notChecked, wrong } from '../finding.ts'
import type { Stage } from '../stage.ts'

/** Does not call the model, because each call costs money. */
export const model: Check<Stage> = {
  name: 'model',
  async run(stage) {
    const { variable } = (await stage.services())['agent-workload']
    if (variable('MODEL_PROVIDER') !== 'bedrock') return []
    const modelId = variable('BEDROCK_MODEL_ID')
    const { region } = stage.deployment
    const base = baseModelOf(modelId)
    return base === undefined
      ? modelIn(stage.aws.bedrock, modelId, region)
      : profileIn(stage.aws.bedrock, modelId, base, region)
  },
}

const ANOTHER_MODEL = 'Choose another one with -c modelId=…, and deploy.'

/** @returns what follows the prefix of an inference profile (a geography, or `global`); undefined without such a prefix */
export const baseModelOf = (modelId: string): string | undefined =>
  /^(?:us|us-gov|eu|apac|jp|au|ca|global)\.(.+)$/.exec(modelId)?.[1]

async function modelIn(bedrock: BedrockClient, modelId: string, region: string): Promise<Finding[]> {
  const availability = await availabilityOf(bedrock, modelId)
  return availability?.regionAvailability === 'AVAILABLE'
    ? accessTo(modelId, availability)
    : [wrong(`The model ${modelId} is not offered in ${region}.`, ANOTHER_MODEL)]
}

/** This Region need not have the model: the profile may route calls to Regions that have it. */
async function profileIn(bedrock: BedrockClient, id: string, base: string, region: string): Promise<Finding[]> {
  if (!(await isActive(bedrock, id)))
    return [wrong(`The inference profile ${id} is not offered in ${region}.`, ANOTHER_MODEL)]
  const availability = await availabilityOf(bedrock, base)
  return availability
    ? accessTo(base, availability)
    : [notChecked(`Bedrock does not say in ${region} whether this account may call ${base}.`)]
}

async function isActive(bedrock: BedrockClient, inferenceProfileIdentifier: string): Promise<boolean> {
  try {
    return (await bedrock.send(new GetInferenceProfileCommand({ inferenceProfileIdentifier }))).status === 'ACTIVE'
  } catch (error) {
    if (isNoSuchModel(error)) return false
    throw error
  }
}

async function availabilityOf(bedrock: BedrockClient, modelId: string) {
  try {
    return await bedrock.send(new GetFoundationModelAvailabilityCommand({ modelId }))
  } catch (error) {
    if (isNoSuchModel(error)) return undefined
    throw error
  }
}

/** Bedrock reports an unknown id as invalid. */
const isNoSuchModel = (error: unknown) => isNotFound(error) || (error as Error).name === 'ValidationException'

function accessTo(modelId: string, availability: NonNullable<Awaited<ReturnType<typeof availabilityOf>>>): Finding[] {
  const { authorizationStatus, entitlementAvailability, agreementAvailability } = availability
  const isAllowed = authorizationStatus === 'AUTHORIZED' && entitlementAvailability === 'AVAILABLE'
  const isAgreed = agreementAvailability?.status !== 'NOT_AVAILABLE' && agreementAvailability?.status !== 'ERROR'
  if (isAllowed && isAgreed) return []
  return [
    wrong(
      `This account may not call the model ${modelId} yet.`,
      'Ask for access to it in the Bedrock console (Model access), or choose another one with -c modelId=….',
    ),
  ]
}
