import type { Person } from '../../support/person.ts'
import { emulatorOf } from '../../support/stack.ts'
import { mendVendor } from '../../support/vendors.ts'
import { type Count, countOf, type Verdict } from './counts.ts'
import { type Flow, QUESTIONS, type Question, repositoryOf, signIn, untilDone } from './flows.ts'
import { FlowFailure, patiently, validText } from './following.ts'

/** Compares the flow's end with the vendor's count of its changes. A signed-out user must be able to sign in again and go on. */
async function checkEffects({ who, question, verdict, saysNotDone }: Flow): Promise<Verdict> {
  if ('failure' in verdict || (question === 'list' && verdict.end !== 'signedOut')) return verdict
  let said = ''
  try {
    await signIn(who)
    // On a busy machine another run may take over the check's turn: then it is unknown whether the check's own issue was opened.
    let unknownLooks = 0
    const text = await patiently('looking at the vendor', async () => {
      const answer = validText((await untilDone({ who, question }, 'authorize', CHECKS[question](who))).seen)
      if (answer.includes('not known whether')) unknownLooks += 1
      said = answer
      return /cannot be obtained|not known whether|does not answer as it should/.test(answer) ? undefined : answer
    })
    const most = countIn(who, question, text)
    const least = most - unknownLooks
    if (least > 1) throw new FlowFailure('duplicated', `asked once, done ${least} times`)
    if (verdict.end === 'done' && most === 0) throw new FlowFailure('wrong', 'said to be done, and is not')
    if (verdict.end === 'refused' && least > 0) throw new FlowFailure('wrong', 'done although it was refused')
    if (saysNotDone && least > 0) throw new FlowFailure('wrong', 'said not to be done, and is')
    return verdict
  } catch (error) {
    const failure = error instanceof FlowFailure ? error.failure : 'wrong'
    return { failure, why: `${who.username}, ${question}, afterwards, last “${said}”: ${(error as Error).stack}` }
  }
}

const CHECKS = {
  list: QUESTIONS.list,
  issue: (who: Person) => `Open an issue titled Check in ${repositoryOf(who)}`,
  event: () => 'What is on my calendar today?',
} as const satisfies Record<Question, unknown>

function countIn(who: Person, question: Question, text: string): number {
  const [, issue] = /Issue #(\d+), "Check"/.exec(text) ?? []
  if (question === 'issue' && issue) return Number(issue) - 1
  if (question === 'event' && text.includes('On your calendar')) return text.split('Lunch').length - 1
  if (question === 'list' && text.includes(`repo-of-${who.username}`)) return 0
  throw new FlowFailure('wrong', text)
}

export async function checkAll(flows: readonly Flow[], atATime: number): Promise<Count> {
  const [first] = flows
  if (first) {
    for (const vendor of ['github', 'google-calendar'] as const) await mendVendor(first.who.stack, vendor)
    await emulatorOf(first.who.stack).forgetFaults()
  }
  const verdicts: Verdict[] = []
  const rest = [...flows]
  const worker = async () => {
    for (let flow = rest.pop(); flow; flow = rest.pop()) verdicts.push(await checkEffects(flow))
  }
  await Promise.all(Array.from({ length: atATime }, worker))
  return countOf(verdicts)
}
