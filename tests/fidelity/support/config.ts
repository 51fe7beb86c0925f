/** The subjects of the suite. Real AWS costs money and leaves records in CloudTrail, so it is used only on request. */
export const realAws =
  process.env.FIDELITY_TARGET === 'aws' ? { region: process.env.AWS_REGION ?? 'us-east-1' } : undefined
