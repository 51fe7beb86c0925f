import { modelAvailability } from '@agent-identity/infra/model-availability'
import { type Check, type Finding, notChecked, wrong } from '../finding.ts'
import type { Stage } from '../stage.ts'

export const model: Check<Stage> = {
  name: 'model',
  async run(stage) {
    const { variable } = (await stage.services())['agent-workload']
    if (variable('MODEL_PROVIDER') !== 'bedrock') return []
    const modelId = variable('BEDROCK_MODEL_ID')
    return availability(stage, modelId)
  },
}

async function availability({ aws, deployment: { region } }: Stage, modelId: string): Promise<Finding[]> {
  const found = await modelAvailability(aws.bedrock, { modelId, region })
  if (found === 'available') return []
  return ['unknown' in found ? notChecked(found.unknown) : wrong(found.problem, found.mend)]
}
