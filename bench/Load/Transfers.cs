using System.Collections.Immutable;
using Cloud.Execution.State;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;
using Cloud.Replica.Node;
using Cloud.Replica.Views;
using Cloud.Testing;

namespace Cloud.Load;

/// <summary>Transfers of many users, one after the other, at an even rate.</summary>
internal sealed class Transfers(ReplicaNode replica, ulong chainId, ImmutableArray<TestAccount> users)
{
    private static readonly Address Sink = Address.Parse(new string('d', 40));
    private readonly ulong[] _nonces = new ulong[users.Length];

    /// <summary>Goes on where the chain and the pool are.</summary>
    internal void Begin()
    {
        for (int user = 0; user < users.Length; user++)
        {
            Address address = users[user].Address;
            replica.View.FindState(BlockTag.Pending)!.TryGetAccount(in address, out Account account);
            _nonces[user] = Math.Max(account.Nonce, replica.Pool.NextNonce(in address));
        }
    }

    /// <summary>Sends until it is told to stop.</summary>
    internal async Task RunAsync(int tps, ISubmissionWatch? watch, CancellationToken cancellationToken)
    {
        DateTimeOffset begin = TimeProvider.System.GetUtcNow();
        long sent = 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            long due = (long)((TimeProvider.System.GetUtcNow() - begin).TotalSeconds * tps);
            for (; sent < due; sent++)
            {
                int user = (int)(sent % users.Length);
                Transaction transaction = users[user].Sign(new TransactionFields
                {
                    Type = TransactionType.DynamicFee,
                    ChainId = chainId,
                    Nonce = _nonces[user],
                    GasLimit = 21_000,
                    MaxFeePerGas = 10_000_000_000,
                    MaxPriorityFeePerGas = 1_000_000,
                    To = Sink,
                    Value = 1,
                });
                watch?.Sending(transaction.Hash, TimeProvider.System.GetUtcNow());
                _nonces[user]++;
                _ = SubmitAsync(transaction, user, watch);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, CancellationToken.None);
        }
    }

    private async Task SubmitAsync(Transaction transaction, int user, ISubmissionWatch? watch)
    {
        switch (await replica.SubmitAsync(transaction.Raw.Memory))
        {
            case SubmitOutcome.Accepted:
                watch?.Answered(transaction.Hash, isAccepted: true);
                break;
            case var refused:
                watch?.Answered(transaction.Hash, isAccepted: false);
                await Console.Error.WriteLineAsync($"a transfer of user {user} was refused: {refused}");
                break;
        }
    }
}
