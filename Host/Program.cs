using System.CommandLine;
using Cloud.Host;
using Cloud.Protocol.Time;
using Cloud.Settlement.Keys;
using Cloud.Silo.CommandLine;

Option<DirectoryInfo> data = new("--data") { Description = "Folder for everything that has to survive: journal, state, ledgers, keys and the local L1", DefaultValueFactory = _ => new DirectoryInfo("data") };
Option<string> listen = new("--listen") { Description = "Address of the gateway; loopback unless you say otherwise", DefaultValueFactory = _ => RunOptions.DefaultListen };
Option<Uri?> l1 = new("--l1")
{
    Description = "JSON-RPC of an L1 (default: what PRECONF_L1 names; else a local one is started). The key that pays there is in the variable PRECONF_L1_KEY",
    CustomParser = OptionValues.Server,
    DefaultValueFactory = _ => Environment.GetEnvironmentVariable("PRECONF_L1") is { Length: > 0 } named ? new Uri(named, UriKind.Absolute) : null,
};
Option<Uri?> l1Beacon = new("--l1-beacon") { Description = "Beacon node of the L1, for blobs (default: the same address)", CustomParser = OptionValues.Server };
Option<FileInfo?> passwordFile = new("--password-file") { Description = $"File with the password that seals the keys in the data folder (default: the variable {KeystoreFile.PasswordVariable}; without both they lie open in a file that only its owner may read)" };
Option<int?> committee = new("--committee") { Description = "Members of the committee of a new rollup, 1 to 128 (default: 4)", CustomParser = result => OptionValues.Number(result, 1, 128) };
Option<TimingProfile?> profile = new("--profile") { Description = "Timing of a new rollup: continuous, pipelined or sequential (default: continuous)", CustomParser = OptionValues.Profile };
Option<TimeSpan?> slot = new("--slot") { Description = "Duration of a slot of a new rollup, such as 12s", CustomParser = OptionValues.Duration };
Option<TimeSpan?> chunk = new("--chunk") { Description = "Duration of a chunk of a new rollup, such as 2s", CustomParser = OptionValues.Duration };
Option<TimeSpan?> l1Block = new("--l1-block") { Description = "Time between L1's blocks, such as 2s", CustomParser = OptionValues.Duration };
Option<TimeSpan?> flashblock = new("--flashblock") { Description = "Time between flashblocks (default: 200ms)", CustomParser = OptionValues.Duration };
Option<bool> demo = new("--demo") { Description = "Send transfers, token transfers and Uniswap V2 swaps" };
Option<TimeSpan?> duration = new("--duration") { Description = "Send for so long, wait until all of it is on L1, report, and end", CustomParser = OptionValues.Duration };
Option<int?> rate = new("--tps") { Description = "Transactions per second to send, 1 to 5000 (default: 20)", CustomParser = result => OptionValues.Number(result, 1, 5000) };
Option<FileInfo?> report = new("--report") { Description = "File for the report as JSON; needs --duration" };
RootCommand command = new("Runs a rollup's L1, committee, publisher and gateway in one process until Ctrl-C. Started again it goes on where it was.")
{
    data, listen, l1, l1Beacon, passwordFile, committee, profile, slot, chunk, l1Block, flashblock, demo, duration, rate, report,
};
command.SetAction((arguments, cancellationToken) => Node.RunAsync(
    new RunOptions
    {
        Data = arguments.GetRequiredValue(data).FullName,
        Listen = arguments.GetRequiredValue(listen),
        L1 = arguments.GetValue(l1),
        L1Beacon = arguments.GetValue(l1Beacon),
        PasswordFile = arguments.GetValue(passwordFile)?.FullName,
        Committee = arguments.GetValue(committee),
        Profile = arguments.GetValue(profile),
        Slot = arguments.GetValue(slot),
        Chunk = arguments.GetValue(chunk),
        L1Block = arguments.GetValue(l1Block),
        Flashblock = arguments.GetValue(flashblock),
        Demo = arguments.GetValue(demo),
        Duration = arguments.GetValue(duration),
        Rate = arguments.GetValue(rate),
        Report = arguments.GetValue(report)?.FullName,
    },
    cancellationToken));
ParseResult parsed = command.Parse(args);
if (parsed.Errors.Count > 0)
{
    Console.Error.WriteLine($"error: {parsed.Errors[0].Message}");
    Console.Error.WriteLine("       see --help");
    return 2;
}

return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
