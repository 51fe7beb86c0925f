import { CONTAINER_NAMES, type ContainerName } from '@agent-identity/infra/names'
import { type Check, DEPLOY_AGAIN, type Finding, underWay, wrong } from '../finding.ts'
import type { RunningService } from '../read-services.ts'
import type { Stage } from '../stage.ts'

export const services: Check<Stage> = {
  name: 'services',
  async run(stage) {
    const running = await stage.services()
    return [
      ...CONTAINER_NAMES.flatMap((name) => {
        const service = running[name]
        return service ? stateOf(name, service, minTasksOf(name, stage)) : []
      }),
      ...asSaid(stage.deployment.mcp.enabled, running['mcp-server'] !== undefined),
    ]
  },
}

function asSaid(said: boolean, runs: boolean): Finding[] {
  if (said === runs) return []
  return runs
    ? [
        wrong(
          'The MCP server runs, and is switched off here.',
          'Give doctor -c mcp=true; to end it, deploy without that.',
        ),
      ]
    : [wrong('The MCP server is switched on here, and ECS runs none.', DEPLOY_AGAIN)]
}

const READ_EVENTS = 'Read the events of the service in the ECS console, and the log of its last task.'

const minTasksOf = (name: ContainerName, { deployment: { services, mcp } }: Stage) =>
  (name === 'mcp-server' ? mcp.size : services[name]).minTasks

function stateOf(
  name: ContainerName,
  { status, desired, running, rollout }: RunningService,
  minTasks: number,
): Finding[] {
  if (status !== 'ACTIVE') return [wrong(`The service ${name} is ${status}.`, DEPLOY_AGAIN)]
  return [
    ...(rollout === 'FAILED' ? [wrong(`The last deployment of ${name} failed.`, READ_EVENTS)] : []),
    ...(rollout === 'IN_PROGRESS' ? [underWay(`A deployment of ${name} is under way.`, READ_EVENTS)] : []),
    ...tasksOf(name, { desired, running }, minTasks),
  ]
}

function tasksOf(
  name: ContainerName,
  { desired, running }: Pick<RunningService, 'desired' | 'running'>,
  minTasks: number,
): Finding[] {
  if (running === 0) return [wrong(`The service ${name} has 0 of ${desired} tasks running.`, READ_EVENTS)]
  if (running < desired)
    return [underWay(`The service ${name} has ${running} of ${desired} tasks running.`, READ_EVENTS)]
  if (desired >= minTasks) return []
  return [
    // Autoscaling raises the number of a new service when it is registered.
    underWay(
      `The service ${name} is set to ${desired} tasks, below the minTasks of its stage, ${minTasks}.`,
      'Deploy, if minTasks was raised; otherwise set the number in the ECS console: a deployment leaves it as it is.',
    ),
  ]
}
