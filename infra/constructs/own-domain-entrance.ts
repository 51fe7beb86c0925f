import { CfnOutput } from 'aws-cdk-lib'
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2'
import { Construct } from 'constructs'
import type { Entrance } from './entrance.ts'
import type { ViewerAddress } from './firewall-rules.ts'
import { notFound } from './not-found.ts'

interface OwnDomainProps {
  loadBalancer: elbv2.ApplicationLoadBalancer
  domainName: string
  certificateArn: string
}

/** A public load balancer with your certificate. The DNS record is yours to make: no hosted zone is looked up. */
export class OwnDomainEntrance extends Construct implements Entrance {
  readonly host: string
  readonly listener: elbv2.ApplicationListener
  readonly loadBalancerName: string
  readonly targetsId = 'PublicTargets'
  readonly viewerAddress: ViewerAddress = { from: 'connection' }

  constructor(scope: Construct, id: string, { loadBalancer, domainName, certificateArn }: OwnDomainProps) {
    super(scope, id)
    this.loadBalancerName = loadBalancer.loadBalancerFullName
    this.host = domainName
    // Outside the reach of Traffic's rules: `open: false` keeps the listener from adding its own.
    this.listener = loadBalancer.addListener('Https', {
      port: 443,
      open: false,
      certificates: [elbv2.ListenerCertificate.fromArn(certificateArn)],
      // TLS 1.3 and 1.2, with hybrid post-quantum key exchange (ELB user guide, describe-ssl-policies).
      sslPolicy: elbv2.SslPolicy.TLS13_12_PQ,
      defaultAction: notFound(),
    })
    loadBalancer.addListener('Http', {
      port: 80,
      open: false,
      defaultAction: elbv2.ListenerAction.redirect({ protocol: 'HTTPS', port: '443', permanent: true }),
    })
    new CfnOutput(this, 'DnsTarget', {
      value: loadBalancer.loadBalancerDnsName,
      description: `Point ${domainName} here: an ALIAS record in Route 53, a CNAME elsewhere`,
    })
  }
}
