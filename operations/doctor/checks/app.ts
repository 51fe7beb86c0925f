import { ROUTES } from '@agent-identity/contracts'
import { byHand, type Check, type Finding, wrong } from '../finding.ts'
import { jsonObject } from '../http-get.ts'
import type { Subject } from '../subject.ts'

export const app: Check<Subject> = {
  name: 'public address',
  async run(subject) {
    const problem = await problemOf(subject)
    const toDo = problem && (await subject.dnsToDo?.())
    if (toDo) return [byHand(toDo)]
    return problem ? [problem] : []
  },
}

async function problemOf({ configuration, get }: Subject): Promise<Finding | undefined> {
  const { publicUrl } = await configuration()
  const url = `${publicUrl}${ROUTES.session}`
  try {
    const { status, body } = await get(url)
    // The agent workload's own answer to a request without a user session.
    if (status === 401 && jsonObject(body)?.code !== undefined) return undefined
    return wrong(`${url} answers with ${status} instead of the agent workload's 401.`, mendOf(status))
  } catch {
    return wrong(
      `${publicUrl} does not answer.`,
      'Check that its DNS name points at the deployment, and its certificate.',
    )
  }
}

function mendOf(status: number): string {
  if (status === 404) return 'Another host name reaches the load balancer, or the services are not deployed.'
  if (status === 403) return 'The firewall refuses this machine: its log says by which rule.'
  if (status === 503) return 'No task of the agent workload is healthy: see the findings about services.'
  if (status === 504) return 'The VPC origin is not deployed, or the load balancer refuses CloudFront.'
  return "Read the agent workload's log."
}
