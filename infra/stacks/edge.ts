import { type App, CfnOutput, Stack, type StackProps } from 'aws-cdk-lib'
import { CloudFrontEntrance } from '../constructs/cloudfront-entrance.ts'
import { CustomResources } from '../constructs/custom-resources.ts'
import type { Entrance } from '../constructs/entrance.ts'
import { createLoadBalancer } from '../constructs/load-balancer.ts'
import { OwnDomainEntrance } from '../constructs/own-domain-entrance.ts'
import { WebFirewall } from '../constructs/web-firewall.ts'
import type { Deployment } from '../read-deployment.ts'
import type { NetworkStack } from './network.ts'

interface EdgeProps extends StackProps {
  deployment: Deployment
  network: NetworkStack
}

/** The only public part: everything behind it has private addresses. */
export class EdgeStack extends Stack {
  readonly entrance: Entrance
  /** The origin that the browser sees. Configuration of both services, because no header can be trusted to say it. */
  readonly publicUrl: string

  constructor(app: App, id: string, props: EdgeProps) {
    super(app, id, props)
    const { deployment, network } = props

    // The one function here empties the bucket of connection logs when the stack is deleted.
    if (deployment.entrance.kind === 'own-domain' && !deployment.keepsData)
      new CustomResources(this, 'CustomResources', { deployment, key: network.logsKey })
    const loadBalancer = createLoadBalancer(this, {
      deployment,
      network: network.network,
      securityGroup: network.traffic.edge,
      isPublic: deployment.entrance.kind === 'own-domain',
    })
    const entrance =
      deployment.entrance.kind === 'cloudfront'
        ? new CloudFrontEntrance(this, 'Entrance', { loadBalancer })
        : new OwnDomainEntrance(this, 'Entrance', { loadBalancer, ...deployment.entrance })
    new WebFirewall(this, 'Firewall', {
      deployment,
      limits: deployment.firewall,
      logsKey: network.logsKey,
      loadBalancer,
      viewerAddress: entrance.viewerAddress,
    })

    this.entrance = entrance
    this.publicUrl = `https://${entrance.host}`
    new CfnOutput(this, 'Address', { value: this.publicUrl, description: 'The app' })
  }
}
