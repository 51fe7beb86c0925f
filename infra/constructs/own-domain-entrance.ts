import { CfnOutput } from 'aws-cdk-lib'
import * as acm from 'aws-cdk-lib/aws-certificatemanager'
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2'
import * as route53 from 'aws-cdk-lib/aws-route53'
import * as targets from 'aws-cdk-lib/aws-route53-targets'
import { Construct } from 'constructs'
import { DeploymentError } from '../deployment-error.ts'
import type { Entrance } from './entrance.ts'
import type { ViewerAddress } from './firewall-rules.ts'
import { notFound } from './not-found.ts'

interface OwnDomainProps {
  loadBalancer: elbv2.ApplicationLoadBalancer
  domainName: string
  /** Default: the deployment creates one, which needs the hosted zone. */
  certificate?: acm.ICertificate
  /** Public, and containing the domain. */
  hostedZone?: route53.IHostedZone
}

/** A public load balancer under your domain. Without a hosted zone, you create the certificate and the DNS record. */
export class OwnDomainEntrance extends Construct implements Entrance {
  readonly host: string
  readonly listener: elbv2.ApplicationListener
  readonly loadBalancerName: string
  readonly targetsId = 'PublicTargets'
  readonly viewerAddress: ViewerAddress = { from: 'connection' }

  constructor(scope: Construct, id: string, { loadBalancer, domainName, ...props }: OwnDomainProps) {
    super(scope, id)
    this.loadBalancerName = loadBalancer.loadBalancerFullName
    this.host = domainName
    // constructs/traffic.ts has the rules of the security group.
    this.listener = loadBalancer.addListener('Https', {
      port: 443,
      open: false,
      certificates: [props.certificate ?? createCertificate(this, domainName, props.hostedZone)],
      // TLS 1.3 and 1.2, with hybrid post-quantum key exchange (ELB user guide, describe-ssl-policies).
      sslPolicy: elbv2.SslPolicy.TLS13_12_PQ,
      defaultAction: notFound(),
    })
    loadBalancer.addListener('Http', {
      port: 80,
      open: false,
      defaultAction: elbv2.ListenerAction.redirect({ protocol: 'HTTPS', port: '443', permanent: true }),
    })
    if (props.hostedZone) pointHere(this, props.hostedZone, domainName, loadBalancer)
    else
      new CfnOutput(this, 'DnsTarget', {
        value: loadBalancer.loadBalancerDnsName,
        description: `Point ${domainName} here: an ALIAS record in Route 53, a CNAME elsewhere`,
      })
  }
}

function createCertificate(scope: Construct, domainName: string, hostedZone?: route53.IHostedZone): acm.ICertificate {
  if (!hostedZone)
    throw new DeploymentError(`${domainName} needs a certificate, or the hosted zone in which one can be validated.`)
  return new acm.Certificate(scope, 'Certificate', {
    domainName,
    validation: acm.CertificateValidation.fromDns(hostedZone),
  })
}

function pointHere(
  scope: Construct,
  zone: route53.IHostedZone,
  domainName: string,
  loadBalancer: elbv2.IApplicationLoadBalancer,
): void {
  new route53.ARecord(scope, 'Record', {
    zone,
    // With the trailing dot the zone's name is not needed.
    recordName: `${domainName}.`,
    target: route53.RecordTarget.fromAlias(new targets.LoadBalancerTarget(loadBalancer)),
  })
}
