import { ListenerAction } from 'aws-cdk-lib/aws-elasticloadbalancingv2'

export const notFound = () => ListenerAction.fixedResponse(404, { contentType: 'text/plain', messageBody: 'Not found' })
