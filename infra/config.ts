export const environmentRegion = (): string | undefined =>
  process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION || process.env.CDK_DEFAULT_REGION || undefined

export const containerEngine = (): string => process.env.CDK_DOCKER || 'docker'

/** The variables are those of the CDK CLI. */
export const appEnvironment = (context: Readonly<Record<string, unknown>>, outdir: string): NodeJS.ProcessEnv => ({
  ...process.env,
  CDK_CONTEXT_JSON: JSON.stringify(context),
  CDK_OUTDIR: outdir,
})

export const extraCertificates = (): string | undefined => process.env.NODE_EXTRA_CA_CERTS || undefined
