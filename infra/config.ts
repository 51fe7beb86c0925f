export const environmentRegion = (): string | undefined =>
  process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION || process.env.CDK_DEFAULT_REGION || undefined

export const containerEngine = (): string => process.env.CDK_DOCKER || 'docker'

/** With the variables in which the CDK CLI gives an app its context and output directory. */
export const appEnvironment = (context: Readonly<Record<string, unknown>>, outdir: string): NodeJS.ProcessEnv => ({
  ...process.env,
  CDK_CONTEXT_JSON: JSON.stringify(context),
  CDK_OUTDIR: outdir,
})

export const extraCertificates = (): string | undefined => process.env.NODE_EXTRA_CA_CERTS || undefined
