import { modelAvailability } from '../../model-availability.ts'
import type { Place, Question } from './questions.ts'

export const modelQuestion = ({ aws, deployment: { modelId, region } }: Place): Question => ({
  about: `whether the model ${modelId} is available`,
  async ask() {
    const found = await modelAvailability(aws.bedrock, { modelId, region })
    if (found === 'available') return {}
    return 'unknown' in found ? { notes: [found.unknown] } : { problems: [`${found.problem} ${found.mend}`] }
  },
})
