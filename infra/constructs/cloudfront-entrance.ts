import { Duration } from 'aws-cdk-lib'
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront'
import * as origins from 'aws-cdk-lib/aws-cloudfront-origins'
import type * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2'
import { Construct } from 'constructs'
import { acknowledge } from './acknowledge.ts'
import type { Entrance } from './entrance.ts'
import type { ViewerAddress } from './firewall-rules.ts'
import { notFound } from './not-found.ts'

const VIEWER_ADDRESS_HEADER = 'x-viewer-address'

/**
 * The firewall counts by the first address in a header. A client can forge that of X-Forwarded-For; this function overwrites its own header at every
 * request.
 */
const NAME_THE_VIEWER = `function handler(event) {
  var request = event.request;
  request.headers['${VIEWER_ADDRESS_HEADER}'] = { value: event.viewer.ip };
  return request;
}
`

/** CloudFront's own domain and certificate in front of an internal load balancer. Behind CloudFront, requests go over plain HTTP. */
export class CloudFrontEntrance extends Construct implements Entrance {
  readonly host: string
  readonly listener: elbv2.ApplicationListener
  readonly loadBalancerName: string
  readonly targetsId = 'Targets'
  readonly viewerAddress: ViewerAddress = { from: 'header', header: VIEWER_ADDRESS_HEADER }

  constructor(scope: Construct, id: string, { loadBalancer }: { loadBalancer: elbv2.ApplicationLoadBalancer }) {
    super(scope, id)
    this.loadBalancerName = loadBalancer.loadBalancerFullName
    this.listener = loadBalancer.addListener('Http', { port: 80, open: false, defaultAction: notFound() })

    const nameTheViewer = new cloudfront.Function(this, 'NameTheViewer', {
      code: cloudfront.FunctionCode.fromInline(NAME_THE_VIEWER),
      runtime: cloudfront.FunctionRuntime.JS_2_0,
    })
    const distribution = new cloudfront.Distribution(this, 'Distribution', {
      httpVersion: cloudfront.HttpVersion.HTTP2_AND_3,
      priceClass: cloudfront.PriceClass.PRICE_CLASS_100,
      defaultBehavior: {
        origin: originOf(loadBalancer),
        viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        allowedMethods: cloudfront.AllowedMethods.ALLOW_ALL,
        // Most answers are for one user.
        cachePolicy: cloudfront.CachePolicy.CACHING_DISABLED,
        originRequestPolicy: cloudfront.OriginRequestPolicy.ALL_VIEWER,
        compress: false,
        functionAssociations: [{ function: nameTheViewer, eventType: cloudfront.FunctionEventType.VIEWER_REQUEST }],
      },
    })
    this.host = distribution.distributionDomainName
    acknowledgeWhatTheFreeDomainCosts(distribution)
  }
}

/**
 * Read timeout: longer than `EVENT_STREAM_KEEP_ALIVE_MS`. Keep-alive: CloudFront must close an idle connection before the load balancer does (60 s).
 */
function originOf(loadBalancer: elbv2.ApplicationLoadBalancer) {
  return origins.VpcOrigin.withApplicationLoadBalancer(loadBalancer, {
    protocolPolicy: cloudfront.OriginProtocolPolicy.HTTP_ONLY,
    readTimeout: Duration.seconds(60),
    keepaliveTimeout: Duration.seconds(50),
  })
}

function acknowledgeWhatTheFreeDomainCosts(distribution: cloudfront.Distribution): void {
  acknowledge(distribution, {
    'AwsSolutions-CFR1': 'Who may sign in is decided by the user pool, not by country.',
    'AwsSolutions-CFR2':
      'The firewall stands on the load balancer, which takes requests from CloudFront only: one place for every stage, and in any Region (a firewall on CloudFront must be in us-east-1).',
    'AwsSolutions-CFR3':
      'CloudFront’s logs keep query strings. Nothing is cached, so each request that the firewall lets pass to a service is in that service’s own log, without them.',
    'AwsSolutions-CFR4':
      'CloudFront’s own domain fixes the minimum protocol version; a domain of your own (the production stage) lifts it.',
    'AwsSolutions-CFR5':
      'The VPC origin is an internal load balancer without a certificate: no authority issues one for its name.',
  })
}
