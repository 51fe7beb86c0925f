import { DeploymentError } from '../deployment-error.ts'

const LISTENER_ARN =
  /^arn:aws:elasticloadbalancing:[a-z0-9-]+:\d{12}:listener\/(app\/[A-Za-z0-9-]+\/[0-9a-f]+)\/[0-9a-f]+$/

/** `app/<name>/<id>`. @throws DeploymentError */
export function loadBalancerOf(listenerArn: string): string {
  const [, loadBalancer] = LISTENER_ARN.exec(listenerArn) ?? []
  if (loadBalancer) return loadBalancer
  throw new DeploymentError(
    `listenerArn "${listenerArn}" must be that of an application load balancer's listener: arn:aws:elasticloadbalancing:<region>:<account>:listener/app/<name>/<id>/<id>.`,
  )
}
