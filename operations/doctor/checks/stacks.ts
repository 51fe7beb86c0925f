import { type DeployedStack, STACKS } from '../../target/deployed-stacks.ts'
import { type Check, DEPLOY_AGAIN, type Finding, underWay, wrong } from '../finding.ts'
import type { Stage } from '../stage.ts'

export const stacks: Check<Stage> = {
  name: 'stacks',
  async run({ stacks, prefix, deployment }) {
    const deployed = await stacks()
    if (deployed.size === 0)
      return [
        wrong(
          `Nothing of ${prefix} is deployed in ${deployment.region} of this account.`,
          'Name the Region of the deployment with -c region=…, or deploy it (npm run deploy).',
        ),
      ]
    return STACKS.flatMap((name) => {
      const stack = deployed.get(name)
      return stack ? stateOf(stack) : [wrong(`The stack ${prefix}-${name} is missing.`, DEPLOY_AGAIN)]
    })
  },
}

const COMPLETE = ['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'IMPORT_COMPLETE']

function stateOf({ name, status, resources }: DeployedStack): Finding[] {
  if (COMPLETE.includes(status)) return []
  // The change set that would create the stack was not executed: waiting helps only while a deployment runs.
  if (status === 'REVIEW_IN_PROGRESS')
    return [wrong(`The stack ${name} was never created (${status}).`, `Unless a deployment runs now: ${DEPLOY_AGAIN}`)]
  if (status.endsWith('_IN_PROGRESS'))
    return [underWay(`The stack ${name} is being changed (${status}).`, `Read its events (${eventsOf(name)}).`)]
  const failed = resources.filter(({ status }) => status.endsWith('_FAILED')).map(({ logicalId }) => logicalId)
  const named = failed.length > 0 ? `, and these resources failed: ${failed.join(', ')}` : ''
  return [wrong(`The stack ${name} is ${status}${named}.`, `Read its events (${eventsOf(name)}). ${mendOf(status)}`)]
}

const eventsOf = (name: string) => `aws cloudformation describe-stack-events --stack-name ${name}`

function mendOf(status: string): string {
  switch (status) {
    case 'UPDATE_ROLLBACK_COMPLETE':
      return `The last change was rolled back. Fix its cause. ${DEPLOY_AGAIN}`
    case 'UPDATE_ROLLBACK_FAILED':
      return 'Fix the cause, then run aws cloudformation continue-update-rollback.'
    case 'DELETE_FAILED':
      return 'Fix the cause, then run npm run destroy again.'
    default:
      return `Mend the cause. ${DEPLOY_AGAIN}`
  }
}
