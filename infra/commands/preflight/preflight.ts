import { type Deployment, DeploymentError } from '../../read-deployment.ts'
import { certificateQuestions } from './certificate.ts'
import { modelQuestion } from './model.ts'
import { networkQuestions } from './network.ts'
import { type Answer, createAwsClients, type Place, type Question } from './questions.ts'
import { quotaQuestions } from './quotas.ts'
import { secretQuestions } from './secrets.ts'

/** Preflight as a whole takes half a minute at most. */
const TIME_LIMIT_MS = 25_000

/**
 * Asks AWS before the CDK starts what would otherwise end the deployment after 10 to 25 minutes. What cannot be asked is a note: CloudFormation may
 * have permissions that the caller does not have.
 *
 * @throws DeploymentError with all problems
 */
export async function preflight(deployment: Deployment, accountId: string): Promise<void> {
  const late = AbortSignal.timeout(TIME_LIMIT_MS)
  const { problems, notes } = await findProblems(
    { deployment, accountId, aws: createAwsClients(deployment.region) },
    late,
  )
  for (const note of notes) process.stderr.write(`${note}\n`)
  if (problems.length === 0) return
  throw new DeploymentError(['Nothing was deployed, because of:', ...problems.map((one) => `- ${one}`)].join('\n'))
}

/** @param late aborts what has not been answered */
export async function findProblems(place: Place, late: AbortSignal): Promise<Required<Answer>> {
  const questions = [
    ...secretQuestions(place),
    ...certificateQuestions(place),
    modelQuestion(place),
    ...quotaQuestions(place),
    ...networkQuestions(place),
  ]
  const tooLate = new Promise<never>((_resolve, reject) =>
    late.addEventListener('abort', () => reject(Object.assign(new Error(), { name: 'no answer in time' }))),
  )
  tooLate.catch(() => {})
  const answers = await Promise.all(questions.map((question) => answerTo(question, tooLate)))
  return {
    problems: answers.flatMap(({ problems = [] }) => problems),
    notes: answers.flatMap(({ notes = [] }) => notes),
  }
}

async function answerTo({ about, ask }: Question, tooLate: Promise<never>): Promise<Answer> {
  try {
    return await Promise.race([ask(), tooLate])
  } catch (error) {
    // Without AWS's message, which may quote the request.
    return { notes: [`Could not be asked: ${about} (${(error as Error).name}).`] }
  }
}
