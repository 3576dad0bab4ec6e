using Cloud.Grains.Interfaces;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Signing;
using Cloud.Replica.Events;
using Cloud.Replica.Statuses;
using Cloud.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Cloud.Load;

/// <summary>Runs the whole product under load and says on its output what it has promised and signed, until it is killed; or, told to stop on its input, audits its ledger first.</summary>
internal static class KilledChild
{
    internal static async Task<int> RunAsync(string folder, Uri l1, int validators, int tps, bool logs, CancellationToken cancellationToken)
    {
        await using PreconfCloud cloud = await PreconfCloud.StartAsync((LoadOptions.Killed(validators, tps) with { Logs = logs }).ToCloud(folder, l1), cancellationToken);
        if (cloud.Replica.Events.Subscribe(null, capacity: 65_536) is not Subscribing.Subscribed { Subscription: var subscription })
        {
            throw new InvalidOperationException("The event log takes no reader.");
        }

        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task telling = Task.Run(
            async () =>
            {
                await foreach (ReplicaEvent happened in subscription.Reader.ReadAllAsync(cancellationToken))
                {
                    Tell(happened);
                }
            },
            cancellationToken);
        Console.WriteLine("ready");
        Transfers transfers = new(cloud.Replica, cloud.ChainId, cloud.Accounts);
        transfers.Begin();
        Task sending = transfers.RunAsync(tps, null, stop.Token);
        while (await Task.Run(Console.ReadLine, cancellationToken) is { } line)
        {
            switch (line.Split(' '))
            {
                case ["quiet"]:
                    await stop.CancelAsync();
                    await sending;
                    Console.WriteLine("quiet");
                    break;
                case ["status", string hash]:
                    Hash256 transaction = Hash256.Parse(hash);
                    string status = cloud.Replica.FindReport(in transaction)?.Status.GetType().Name
                        ?? (cloud.Replica.View.FindTransaction(in transaction) is null ? "Unknown" : nameof(TransactionStatus.Finalized));
                    Console.WriteLine($"status {hash} {status}");
                    break;
                case ["audit"]:
                    await AuditAsync(cloud);
                    break;
                default:
                    break;
            }
        }

        return 0;
    }

    private static void Tell(ReplicaEvent happened)
    {
        switch (happened)
        {
            case ReplicaEvent.FlashblockShown { Flashblock.Payload: var payload }:
                Console.WriteLine($"signed {payload.Statement.Duty.ToString().Replace(' ', '_')} {payload.Statement.PayloadHash}");
                break;
            case ReplicaEvent.ChunkExecuted { Block.Proposal.Header: { } header }:
                Console.WriteLine($"signed {header.Statement.Duty.ToString().Replace(' ', '_')} {header.Hash}");
                break;
            case ReplicaEvent.CheckpointProposed { Header: var header }:
                Console.WriteLine($"signed {header.Statement.Duty.ToString().Replace(' ', '_')} {header.Hash}");
                break;
            case ReplicaEvent.StatusChanged { Change: { Status: TransactionStatus.Preconfirmed } change }:
                Console.WriteLine($"promised {change.Transaction}");
                break;
            case ReplicaEvent.StatusChanged { Change.Broken: not null } broken:
                Console.WriteLine($"broken {broken.Change.Transaction} {broken.Change.Broken}");
                break;
            default:
                break;
        }
    }

    /// <summary>What the ledgers hold: duties with one root each, or two, which is a double signature.</summary>
    private static async Task AuditAsync(PreconfCloud cloud)
    {
        IGrainFactory grains = cloud.Services.GetRequiredService<IGrainFactory>();
        int duties = 0;
        int doubles = 0;
        foreach (Address validator in cloud.Deployment.Genesis.Validators)
        {
            if (SigningInterchange.Read(await grains.Validator(validator).ExportHistory()) is InterchangeReading.Ok { History: var history })
            {
                duties += history.Validators.Sum(one => one.Signed.Length);
                doubles += history.Validators.Sum(one => one.Signed.Count(signed => signed.SigningRoot is null));
            }
        }

        int faults = (await grains.Slasher().Faults()).Length;
        Console.WriteLine($"audit {duties} {doubles} {faults}");
    }
}
