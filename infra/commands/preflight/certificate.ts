import { DescribeCertificateCommand } from '@aws-sdk/client-acm'
import { GetHostedZoneCommand } from '@aws-sdk/client-route-53'
import { type Answer, type Place, type Question, unlessMissing } from './questions.ts'

/** `readDeployment` compares the certificate's Region. */
export function certificateQuestions(place: Place): Question[] {
  const { entrance } = place.deployment
  if (entrance.kind !== 'own-domain') return []
  const { domainName, certificateArn, hostedZoneId } = entrance
  return [
    ...(certificateArn
      ? [
          {
            about: `whether the certificate is issued for ${domainName}`,
            ask: () => certificate(certificateArn, domainName, place),
          },
        ]
      : []),
    ...(hostedZoneId
      ? [
          {
            about: `whether ${domainName} is in the hosted zone ${hostedZoneId}`,
            ask: () => zone(hostedZoneId, domainName, place),
          },
        ]
      : []),
  ]
}

async function certificate(arn: string, domainName: string, { aws, accountId }: Place): Promise<Answer> {
  const owner = arn.split(':')[4]
  if (/^\d{12}$/.test(accountId) && owner !== accountId)
    return problem(`The certificate belongs to account ${owner}: the load balancer needs one of account ${accountId}.`)
  const found = await unlessMissing(aws.certificates.send(new DescribeCertificateCommand({ CertificateArn: arn })))
  if (!found?.Certificate) return problem(`There is no certificate ${arn}: correct certificateArn.`)
  const { Status = '', DomainName = '', SubjectAlternativeNames = [] } = found.Certificate
  const names = new Set([DomainName, ...SubjectAlternativeNames])
  return {
    problems: [
      ...(Status === 'ISSUED'
        ? []
        : [`The certificate is ${Status}, not ISSUED: validate it in the console of ACM, or give another one.`]),
      ...([...names].some((name) => covers(name, domainName))
        ? []
        : [`The certificate is for ${[...names].join(', ')}, not for ${domainName}.`]),
    ],
  }
}

/** A wildcard stands for one label (RFC 6125 §6.4.3). */
const covers = (pattern: string, name: string): boolean =>
  pattern.startsWith('*.') ? name.split('.').slice(1).join('.') === pattern.slice(2) : pattern === name

/** With a wrong zone, a certificate that the deployment requests would never be validated: CloudFormation waits for hours. */
async function zone(id: string, domainName: string, { aws }: Place): Promise<Answer> {
  const found = await unlessMissing(aws.route53.send(new GetHostedZoneCommand({ Id: id })))
  if (!found?.HostedZone) return problem(`There is no hosted zone ${id} in this account: correct hostedZoneId.`)
  const { Name = '', Config } = found.HostedZone
  const zoneName = Name.replace(/\.$/, '')
  return {
    problems: [
      ...(Config?.PrivateZone
        ? [`The hosted zone ${id} is private: the address needs a record in a public zone.`]
        : []),
      ...(domainName === zoneName || domainName.endsWith(`.${zoneName}`)
        ? []
        : [`The hosted zone ${id} is for ${zoneName}, which ${domainName} is not in.`]),
    ],
  }
}

const problem = (sentence: string): Answer => ({ problems: [sentence] })
