import { type Deployment, DeploymentError } from '../read-deployment.ts'

/**
 * For `cdk deploy --require-approval`. The CDK itself would report a missing terminal only at the first stack with more permissions.
 *
 * @throws DeploymentError when the CDK could not ask
 */
export function approval(
  { name, keepsData }: Pick<Deployment, 'name' | 'keepsData'>,
  { yes, terminal = process.stdin.isTTY && process.stdout.isTTY }: { yes?: boolean; terminal?: boolean },
): 'never' | 'broadening' {
  if (!keepsData || yes) return 'never'
  if (terminal) return 'broadening'
  throw new DeploymentError(
    `Stage "${name}" keeps its data, so a deployment asks before it adds permissions, and there is no terminal to ask at: give --yes to deploy without being asked (npm run diff shows the changes).`,
  )
}
