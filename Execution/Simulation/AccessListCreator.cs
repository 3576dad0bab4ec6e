using System.Collections.Immutable;
using Cloud.Execution.Evm;
using Cloud.Execution.Precompiles;
using Cloud.Execution.Processing;
using Cloud.Execution.State;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Execution.Simulation;

/// <summary>Finds out which accounts and slots a call touches (eth_createAccessList).</summary>
public static class AccessListCreator
{
    // What a call touches can depend on its gas, and so on the list: nobody waits for ever.
    private const int MaxRounds = 8;

    /// <summary>Runs the call until the list does not grow any more.</summary>
    /// <param name="execution">The runner to use; it is opened on the state anew.</param>
    /// <param name="state">The state to run on, with overrides where there are some.</param>
    /// <param name="rules">The rules in force.</param>
    /// <param name="block">The block to run in.</param>
    /// <param name="call">The call; its own access list is part of the result.</param>
    /// <param name="sender">Who calls.</param>
    /// <returns>The list, or why the call could not be run.</returns>
    public static AccessListResult Create(
        BlockExecution execution, IStateReader state, ForkRules rules, BlockContext block, TransactionFields call, in Address sender)
    {
        execution.Open(state, rules, block);
        PrecompileTable precompiles = PrecompileTable.Of(rules);
        HashSet<Address> warm = [sender, block.Coinbase];
        if (call.To is { } to)
        {
            warm.Add(to);
        }
        else
        {
            ulong nonce = state.TryGetAccount(in sender, out Account account) ? account.Nonce : 0;
            warm.Add(VirtualMachine.ContractAddress(in sender, nonce));
        }

        foreach (Authorization authorization in call.Authorizations)
        {
            if (authorization.TryRecoverAuthority(out Address authority))
            {
                warm.Add(authority);
            }
        }

        ImmutableArray<AccessListEntry> list = call.AccessList;
        for (int round = 0; ; round++)
        {
            AccessListTracer tracer = new(list, address => warm.Contains(address) || precompiles.Find(in address) is not null);
            TransactionResult result = execution.Simulate(call with { AccessList = list }, in sender, tracer);
            if (result is TransactionResult.Refused refused)
            {
                return new AccessListResult.Refused(refused.Refusal);
            }

            TransactionResult.Included included = (TransactionResult.Included)result;
            if (!tracer.HasGrown || round == MaxRounds)
            {
                return new AccessListResult.Found(list, included.GasUsed, included.Execution!);
            }

            list = tracer.ToList();
        }
    }
}
