import { SERVICE_NAMES, type ServiceName } from '@agent-identity/infra/names'
import { outputOf } from '../../target/deployed-stacks.ts'
import { type Check, DEPLOY_AGAIN, type Finding, wrong } from '../finding.ts'
import type { RunningService } from '../read-services.ts'
import type { Stage } from '../stage.ts'

export const services: Check<Stage> = {
  name: 'services',
  async run(stage) {
    const running = await stage.services()
    const address = outputOf((await stage.stacks()).get('edge'), 'Address')
    return SERVICE_NAMES.flatMap((name) => [
      ...stateOf(name, running[name]),
      ...addressOf(name, running[name], address),
    ])
  },
}

const READ_EVENTS = 'Read the events of the service in the ECS console, and the log of its last task.'

function stateOf(name: ServiceName, { status, desired, running, rollout }: RunningService): Finding[] {
  if (status !== 'ACTIVE') return [wrong(`The service ${name} is ${status}.`, DEPLOY_AGAIN)]
  return [
    ...(running >= desired && running > 0
      ? []
      : [wrong(`The service ${name} has ${running} of ${desired} tasks running.`, READ_EVENTS)]),
    ...(rollout === 'FAILED' ? [wrong(`The last deployment of ${name} failed.`, READ_EVENTS)] : []),
    ...(rollout === 'IN_PROGRESS'
      ? [wrong(`A deployment of ${name} is under way.`, 'Wait until it has ended, then run doctor again.')]
      : []),
  ]
}

/** A service checks origins and builds its return URL from its configured address. */
function addressOf(name: ServiceName, { variable }: RunningService, address: string | undefined): Finding[] {
  const told = variable('PUBLIC_URL')
  return address === undefined || told === address
    ? []
    : [wrong(`The service ${name} has the address ${told} in its configuration, not ${address}.`, DEPLOY_AGAIN)]
}
