import { DeploymentError } from '../deployment-error.ts'

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/
const LONGEST = 16

/**
 * ElastiCache takes lower case and 40 characters in ids of users and user groups; the longest is `agent-identity-<name>-workload`.
 *
 * @throws DeploymentError
 */
export function checkDeploymentName(name: string): void {
  if (NAME.test(name) && name.length <= LONGEST) return
  throw new DeploymentError(
    `The name "${name}" must be at most ${LONGEST} lower-case letters, digits and single hyphens, beginning with a letter.`,
  )
}
