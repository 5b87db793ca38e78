// Who a profile with an sso-session is, as the SDK for JavaScript finds it: `node sso.js PROFILE`.
const { createRequire } = require('node:module')
const from = createRequire(process.env.NODE_FOLDER + '/')
const { STSClient, GetCallerIdentityCommand } = from('@aws-sdk/client-sts')
const { fromSSO } = from('@aws-sdk/credential-providers')

async function main(profile) {
  const sts = new STSClient({ credentials: fromSSO({ profile }), maxAttempts: 1 })
  const { Arn, UserId } = await sts.send(new GetCallerIdentityCommand({}))
  console.log(JSON.stringify({ Arn, UserId }))
}

main(process.argv[2]).catch((error) => {
  console.error(error.name, error.message)
  process.exit(1)
})
