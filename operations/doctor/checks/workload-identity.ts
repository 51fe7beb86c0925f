import { returnUrlOf } from '@agent-identity/contracts'
import { GetWorkloadIdentityCommand } from '@aws-sdk/client-bedrock-agentcore-control'
import { isNotFound } from '../describe-failure.ts'
import { type Check, DEPLOY_AGAIN, wrong } from '../finding.ts'
import type { Subject } from '../subject.ts'

/** AgentCore may send a user's return to every URL in the identity's list. */
export const workloadIdentity: Check<Subject> = {
  name: 'workload identity',
  async run({ agentcore, configuration }) {
    const { workloadName, publicUrl } = await configuration()
    const ours = returnUrlOf(publicUrl)
    const returnUrls = await readReturnUrls(agentcore, workloadName)
    if (!returnUrls)
      return [wrong(`AgentCore has no workload identity ${workloadName}, which the services use.`, DEPLOY_AGAIN)]
    const missing = returnUrls.includes(ours)
      ? []
      : [wrong(`The workload identity ${workloadName} does not have our return URL ${ours}.`, DEPLOY_AGAIN)]
    const foreign = returnUrls.filter((url) => url !== ours)
    return [
      ...missing,
      ...foreign.map((url) =>
        wrong(
          `The workload identity ${workloadName} also sends users to ${withoutQuery(url)}.`,
          `Find out who added it. ${updateTo(workloadName, ours)}`,
        ),
      ),
    ]
  },
}

async function readReturnUrls(agentcore: Subject['agentcore'], name: string): Promise<string[] | undefined> {
  try {
    const { allowedResourceOauth2ReturnUrls } = await agentcore.send(new GetWorkloadIdentityCommand({ name }))
    return allowedResourceOauth2ReturnUrls ?? []
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

const updateTo = (name: string, url: string) =>
  `Then run aws bedrock-agentcore-control update-workload-identity --name ${name} --allowed-resource-oauth2-return-urls ${url}.`

/** An unknown URL's query may be secret. */
function withoutQuery(url: string): string {
  if (!URL.canParse(url)) return 'something that is no URL'
  const { origin, pathname } = new URL(url)
  return `${origin}${pathname}`
}
