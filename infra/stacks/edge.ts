import { type App, CfnOutput, CfnWaitConditionHandle, Stack, type StackProps } from 'aws-cdk-lib'
import * as acm from 'aws-cdk-lib/aws-certificatemanager'
import * as route53 from 'aws-cdk-lib/aws-route53'
import { CloudFrontEntrance } from '../constructs/cloudfront-entrance.ts'
import { CustomResources } from '../constructs/custom-resources.ts'
import type { Entrance } from '../constructs/entrance.ts'
import { ListenerEntrance } from '../constructs/listener-entrance.ts'
import { createLoadBalancer } from '../constructs/load-balancer.ts'
import type { CloudFrontAddress, ExistingListener, OwnDomain } from '../constructs/options.ts'
import { OwnDomainEntrance } from '../constructs/own-domain-entrance.ts'
import { WebFirewall } from '../constructs/web-firewall.ts'
import type { Deployment } from '../read-deployment.ts'
import type { NetworkStack } from './network.ts'

interface EdgeProps extends StackProps {
  deployment: Deployment
  network: NetworkStack
}

export class EdgeStack extends Stack {
  readonly entrance: Entrance
  readonly publicUrl: string

  constructor(app: App, id: string, props: EdgeProps) {
    super(app, id, props)
    const { entrance } = props.deployment
    this.entrance =
      entrance.kind === 'existing-listener' ? this.useListener(entrance, props) : this.createEntrance(entrance, props)
    this.publicUrl = `https://${this.entrance.host}`
    new CfnOutput(this, 'Address', { value: this.publicUrl, description: 'The app' })
  }

  private useListener(listener: ExistingListener, { network }: EdgeProps): Entrance {
    // CloudFormation accepts no stack without a resource. Without the stack, an update would not delete an earlier load balancer.
    new CfnWaitConditionHandle(this, 'Nothing')
    return new ListenerEntrance(this, 'Entrance', {
      ...listener,
      host: listener.domainName,
      securityGroup: network.traffic.edge,
    })
  }

  private createEntrance(address: CloudFrontAddress | OwnDomain, { deployment, network }: EdgeProps): Entrance {
    const isPublic = address.kind === 'own-domain'
    // Needed for the function that empties the bucket of connection logs.
    if (isPublic && !deployment.keepsData)
      new CustomResources(this, 'CustomResources', { deployment, key: network.logsKey })
    const loadBalancer = createLoadBalancer(this, {
      deployment,
      network: network.network,
      securityGroup: network.traffic.edge,
      isPublic,
    })
    const entrance =
      address.kind === 'cloudfront'
        ? new CloudFrontEntrance(this, 'Entrance', { loadBalancer })
        : new OwnDomainEntrance(this, 'Entrance', { loadBalancer, ...this.domainOf(address) })
    new WebFirewall(this, 'Firewall', {
      deployment,
      limits: deployment.firewall,
      logsKey: network.logsKey,
      loadBalancer,
      viewerAddress: entrance.viewerAddress,
      mcp: deployment.mcp.enabled,
    })
    return entrance
  }

  private domainOf({ domainName, certificateArn, hostedZoneId }: OwnDomain) {
    return {
      domainName,
      ...(certificateArn && { certificate: acm.Certificate.fromCertificateArn(this, 'Certificate', certificateArn) }),
      ...(hostedZoneId && { hostedZone: route53.HostedZone.fromHostedZoneId(this, 'HostedZone', hostedZoneId) }),
    }
  }
}
