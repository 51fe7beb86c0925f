/** Real AWS is called only on request: the calls may cost money and leave records in CloudTrail. */
export const realAws =
  process.env.FIDELITY_TARGET === 'aws' ? { region: process.env.AWS_REGION ?? 'us-east-1' } : undefined
