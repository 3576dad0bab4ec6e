using System.Collections.Immutable;
using Cloud.Execution.Processing;
using Cloud.Protocol.Primitives;
using Cloud.Replica.Genesis;
using Cloud.Settlement.Contracts;
using Cloud.Settlement.Deployment;
using Cloud.Settlement.Keys;
using Cloud.Settlement.L1;

namespace Cloud.Silo.Rollups;

/// <summary>Puts a new rollup on L1: contracts, stakes of the validators, and money for the keys that will pay.</summary>
public sealed class RollupProvisioner
{
    private const ulong TransferGas = 21_000;
    private const uint MostWarm = 512;
    private static readonly TimeSpan MineLimit = TimeSpan.FromMinutes(2);
    private static readonly UInt256 KeyMoney = UInt256.Parse("10000000000000000000");

    private readonly IL1Client _client;
    private readonly L1Sender _sender;
    private readonly ulong _l1ChainId;
    private readonly TimeSpan _poll;
    private readonly TimeProvider _time;

    /// <summary>Makes a provisioner.</summary>
    /// <param name="client">L1.</param>
    /// <param name="l1ChainId">L1's chain id.</param>
    /// <param name="payer">Who pays: for the contracts, the stakes and the keys' money.</param>
    /// <param name="poll">How often L1 is asked for a receipt.</param>
    /// <param name="time">The clock.</param>
    public RollupProvisioner(IL1Client client, ulong l1ChainId, IL1Signer payer, TimeSpan poll, TimeProvider time)
    {
        _client = client;
        _l1ChainId = l1ChainId;
        _poll = poll;
        _time = time;
        _sender = new L1Sender(client, payer, l1ChainId, MineLimit, poll, time);
    }

    /// <summary>How long a deployment takes on an L1 whose blocks nobody makes to order: two blocks for each of its transactions.</summary>
    /// <param name="plan">The plan.</param>
    /// <returns>The time from L1's newest block to a genesis by which it is done.</returns>
    public static TimeSpan TimeFor(RollupPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return plan.L1Slot * (2 * (plan.CommitteeSize + 10));
    }

    /// <summary>Deploys.</summary>
    /// <param name="plan">A plan that passed <see cref="RollupPlan.Check"/>.</param>
    /// <param name="keys">The rollup's keys; as many validators as the plan's committee has members.</param>
    /// <param name="genesis">Start of slot 0: late enough that the deployment is done by then. Validators that are registered later are drawn an epoch later.</param>
    /// <param name="reach">Waits until L1 has a block of that time, or brings it about; null to wait.</param>
    /// <param name="progress">Told of each step; null for nobody.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>What became of it.</returns>
    public async Task<ProvisioningOutcome> DeployAsync(
        RollupPlan plan,
        RollupKeys keys,
        DateTimeOffset genesis,
        Func<DateTimeOffset, CancellationToken, Task>? reach = null,
        Action<string>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(keys);
        RollupDeployer deployer = new(_sender);
        foreach ((IL1Signer key, string name) in ((IL1Signer, string)[])[(keys.Publisher, "publisher"), (keys.Keeper, "keeper"), (keys.Prover, "prover")])
        {
            progress?.Invoke($"funding the {name} {key.Address}");
            if (Refusal(await _sender.SendAsync(key.Address, default, KeyMoney, TransferGas, cancellationToken: cancellationToken).ConfigureAwait(false), $"The {name}'s funding") is { } unfunded)
            {
                return unfunded;
            }
        }

        progress?.Invoke("deploying the contracts");
        SenderOutcome outcome = await deployer.DeployVerifierAsync([keys.Prover.Address], 1, cancellationToken).ConfigureAwait(false);
        if (Refusal(outcome, "The deployment of the verifier") is { } noVerifier)
        {
            return noVerifier;
        }

        Address verifier = ((SenderOutcome.Mined)outcome).Receipt.ContractAddress!.Value;
        RollupParameters parameters = plan.ParametersFrom(genesis, verifier);
        outcome = await deployer.DeployAsync(parameters, cancellationToken).ConfigureAwait(false);
        if (Refusal(outcome, "The deployment of the rollup") is { } noRollup)
        {
            return noRollup;
        }

        L1Receipt deployed = ((SenderOutcome.Mined)outcome).Receipt;
        Address rollup = deployed.ContractAddress!.Value;
        ImmutableArray<Address>.Builder validators = ImmutableArray.CreateBuilder<Address>();
        foreach (byte[] key in keys.Validators)
        {
            progress?.Invoke($"registering validator {validators.Count + 1} of {keys.Validators.Length}");
            IL1Signer validator = LocalSigner.Create(key) is KeyResult.Loaded loaded ? loaded.Signer : throw new ArgumentException("A validator's key is no private key.", nameof(keys));
            if (Refusal(await deployer.RegisterAsync(rollup, parameters, validator, cancellationToken).ConfigureAwait(false), $"The registration of validator {validator.Address}") is { } unregistered)
            {
                return unregistered;
            }

            validators.Add(validator.Address);
        }

        progress?.Invoke("preparing the ring of checkpoints");
        if (Refusal(await deployer.WarmAsync(rollup, Math.Min(parameters.RingSize, MostWarm), cancellationToken).ConfigureAwait(false), "The preparation of the checkpoint ring") is { } cold)
        {
            return cold;
        }

        if (await DepositAsync(plan, rollup, keys.Keeper, progress, cancellationToken).ConfigureAwait(false) is { } undeposited)
        {
            return undeposited;
        }

        progress?.Invoke("drawing the first committees");
        await (reach ?? ReachAsync)(genesis, cancellationToken).ConfigureAwait(false);
        if (Refusal(await deployer.SetUpEpochAsync(rollup, cancellationToken).ConfigureAwait(false), "The drawing of the first committees") is { } undrawn)
        {
            return undrawn;
        }

        GenesisConfig config = new()
        {
            Chain = new ChainConfig { ChainId = plan.ChainId, PragueTime = 0, OsakaTime = 0 },
            Rollup = rollup,
            Timing = plan.TimingFrom(genesis),
            Committee = plan.Committee,
            Validators = validators.ToImmutable(),
            Accounts = plan.Accounts,
        };
        ImmutableArray<string> faults = config.Validate();
        return faults.IsEmpty
            ? new ProvisioningOutcome.Deployed(new RollupDeployment(_l1ChainId, deployed.BlockNumber, deployed.BlockHash, verifier, keys.Prover.Address, parameters.ProofWindow, GenesisWorld.RootOf(config), config))
            : new ProvisioningOutcome.Failed(string.Join(" ", faults), "Correct the plan of the rollup.");
    }

    /// <summary>By the keeper's key: who deposits uses up nonces of the same account on L2, and the payer's may be somebody's there.</summary>
    private async Task<ProvisioningOutcome.Failed?> DepositAsync(RollupPlan plan, Address rollup, IL1Signer keeper, Action<string>? progress, CancellationToken cancellationToken)
    {
        if (plan.Deposits.IsEmpty)
        {
            return null;
        }

        progress?.Invoke($"depositing for {plan.Deposits.Length} accounts");
        UInt256 sum = plan.Deposits.Aggregate(UInt256.Zero, (total, deposit) => total + deposit.Value);
        if (Refusal(await _sender.SendAsync(keeper.Address, default, sum, TransferGas, cancellationToken: cancellationToken).ConfigureAwait(false), "The money for the deposits") is { } unfunded)
        {
            return unfunded;
        }

        RollupDeployer depositor = new(new L1Sender(_client, keeper, _l1ChainId, MineLimit, _poll, _time));
        foreach ((Address to, UInt256 value) in plan.Deposits)
        {
            if (Refusal(await depositor.DepositAsync(rollup, to, value, cancellationToken).ConfigureAwait(false), $"The deposit for {to}") is { } undeposited)
            {
                return undeposited;
            }
        }

        return null;
    }

    private async Task ReachAsync(DateTimeOffset genesis, CancellationToken cancellationToken)
    {
        while (!(await _client.GetBlockAsync(BlockTag.Latest, cancellationToken).ConfigureAwait(false)).TryGet(out L1Block? head, out _)
            || head is null || head.Timestamp < (ulong)genesis.ToUnixTimeSeconds())
        {
            await Task.Delay(_poll, _time, cancellationToken).ConfigureAwait(false);
        }
    }

    private ProvisioningOutcome.Failed? Refusal(SenderOutcome outcome, string step) => outcome switch
    {
        SenderOutcome.Mined => null,
        SenderOutcome.Reverted reverted => new($"{step} reverted in transaction {reverted.Receipt.TransactionHash}.", "Start again; if it reverts again, the L1 lacks an opcode or precompile that the contracts need (Prague)."),
        SenderOutcome.NotMined waiting => new($"{step} was not mined within {waiting.After.TotalSeconds:0} s.", "Check that L1 makes blocks, then start again."),
        SenderOutcome.NotSent refused => new($"{step} was not sent: {refused.Message}", $"Check that {_sender.Address} has ETH on L1 and that L1 can be reached, then start again."),
        _ => throw new InvalidOperationException($"Unknown outcome {outcome}."),
    };
}
