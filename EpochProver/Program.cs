using System.CommandLine;
using Cloud.EpochProver;

Option<string[]> l1 = new("--l1") { Description = "JSON-RPC of an L1 execution node, best first; may be given several times", Required = true };
Option<string> beacon = new("--beacon") { Description = "Beacon node for the blobs of L1" };
Option<bool> byNumber = new("--beacon-by-number") { Description = "The beacon endpoint names blocks by number, as anvil's does" };
Option<string> rollup = new("--rollup") { Description = "Address of the rollup contract", Required = true };
Option<ulong> deploymentBlock = new("--deployment-block") { Description = "L1 block of the rollup's deployment, or one before it" };
Option<FileInfo> genesis = new("--genesis") { Description = "Genesis file of the rollup", Required = true };
Option<DirectoryInfo> data = new("--data") { Description = "Folder for the state, used by this process alone", DefaultValueFactory = _ => new DirectoryInfo("prover-data") };
Option<DirectoryInfo> shares = new("--shares") { Description = "Folder that all provers share, for their signatures", Required = true };
Option<DirectoryInfo> blobs = new("--blobs") { Description = "Folder with blobs that L1 has forgotten" };
Option<FileInfo> keystore = new("--keystore") { Description = "Keystore file with the prover's key" };
Option<FileInfo> password = new("--password-file") { Description = "File with the keystore's password" };
Option<string> keyVariable = new("--key-env") { Description = "Environment variable with the prover's key in hex, in place of a keystore" };
Option<string> payerVariable = new("--payer-env") { Description = "Environment variable with the key that pays for submitting proofs; without it another prover submits" };
Option<ulong> until = new("--until") { Description = "End when this checkpoint is proven; without it, at Ctrl-C" };
RootCommand command = new("Follows L1 and blobs alone, executes every epoch again, signs its end state, and proves it on L1 when enough provers have signed.")
{
    l1, beacon, byNumber, rollup, deploymentBlock, genesis, data, shares, blobs, keystore, password, keyVariable, payerVariable, until,
};
command.SetAction((arguments, cancellationToken) => ProverProcess.RunAsync(
    new ProverSettings
    {
        Endpoints = arguments.GetRequiredValue(l1),
        Beacon = arguments.GetValue(beacon),
        BeaconByNumber = arguments.GetValue(byNumber),
        Rollup = arguments.GetRequiredValue(rollup),
        DeploymentBlock = arguments.GetValue(deploymentBlock),
        Genesis = arguments.GetRequiredValue(genesis),
        Data = arguments.GetRequiredValue(data),
        Shares = arguments.GetRequiredValue(shares),
        Blobs = arguments.GetValue(blobs),
        Keystore = arguments.GetValue(keystore),
        PasswordFile = arguments.GetValue(password),
        KeyVariable = arguments.GetValue(keyVariable),
        PayerVariable = arguments.GetValue(payerVariable),
        Until = arguments.GetValue(until),
    },
    TimeProvider.System,
    cancellationToken));
return await command.Parse(args).InvokeAsync();
