using System.Collections.Immutable;
using Cloud.Execution.Evm;
using Cloud.Execution.Journal;
using Cloud.Execution.State;
using Cloud.Protocol;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Execution.Processing;

/// <summary>Runs the transactions of one block, one by one, on one fork. Keep it and reuse it through <see cref="Open"/>: it owns a virtual machine.</summary>
/// <remarks>Not safe for use by several threads.</remarks>
public sealed class BlockExecution : IDisposable
{
    private const int DepositReceiptVersion = 1;

    private readonly Dictionary<Fork, VirtualMachine> _machines = [];
    private readonly JournaledState _state = new();
    private readonly CodeCache? _cache;
    private VirtualMachine _machine = null!;
    private BlockContext _block = null!;
    private ForkRules _rules = ForkRules.Osaka;

    /// <summary>A runner without a block.</summary>
    /// <param name="cache">Where compiled code is kept; null for the process's own cache.</param>
    public BlockExecution(CodeCache? cache = null) => _cache = cache;

    /// <summary>Gas used by the block's transactions so far.</summary>
    public ulong GasUsed { get; private set; }

    /// <summary>The block that is run.</summary>
    public BlockContext Block => _block;

    /// <summary>The rules in force.</summary>
    public ForkRules Rules => _rules;

    // The machine counts gas in signed numbers; no block has as much as that.
    private ulong AvailableGas => _block.GasLimit > GasUsed ? Math.Min(_block.GasLimit - GasUsed, long.MaxValue) : 0;

    /// <summary>Starts a block, or the part of it that is still to run.</summary>
    /// <param name="parent">The state before.</param>
    /// <param name="rules">The rules in force.</param>
    /// <param name="block">The block.</param>
    /// <param name="gasUsed">Gas that earlier transactions of the block used.</param>
    public void Open(IStateReader parent, ForkRules rules, BlockContext block, ulong gasUsed = 0)
    {
        _state.Open(parent);
        _rules = rules;
        _block = block;
        GasUsed = gasUsed;
        if (!_machines.TryGetValue(rules.Fork, out VirtualMachine? machine))
        {
            machine = new VirtualMachine(rules, _cache);
            _machines.Add(rules.Fork, machine);
        }

        _machine = machine;
        _machine.SetBlock(_state, block);
    }

    /// <summary>Runs what the protocol does before the first transaction (EIP-4788, EIP-2935).</summary>
    /// <param name="parentHash">Hash of the parent block.</param>
    /// <param name="parentBeaconBlockRoot">Root of the parent beacon block; null where the chain has none.</param>
    public void RunSystemCalls(in Hash256 parentHash, in Hash256? parentBeaconBlockRoot)
    {
        if (parentBeaconBlockRoot is { } root)
        {
            CallSystemContract(SystemContracts.BeaconRoots, root);
        }

        if (_rules.HasBlockHashHistory)
        {
            CallSystemContract(SystemContracts.BlockHashHistory, parentHash);
        }
    }

    /// <summary>Runs a transaction. Where it is included, its effects stay.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="tracer">Who listens; null for nobody.</param>
    /// <param name="keepFailed">Whether a transaction that reverts or halts is included, as Ethereum does, or left out without a trace.</param>
    /// <returns>What became of it.</returns>
    public TransactionResult Execute(Transaction transaction, Tracer? tracer = null, bool keepFailed = true)
    {
        if (!transaction.TryGetSender(out Address sender))
        {
            return new TransactionResult.Refused(new ExecutionRefusal.Invalid(new TransactionRefusal.InvalidSignature(Protocol.Crypto.SignatureFault.None)));
        }

        return transaction.Deposit is { } deposit
            ? ExecuteDeposit(transaction.Fields, deposit, tracer)
            : Execute(transaction.Fields, sender, blobs: null, tracer, keepFailed);
    }

    /// <summary>Runs a call on the open state without a transaction around it, as eth_call does: no nonce, no fee unless a price is given.</summary>
    /// <param name="fields">Receiver, value, data, gas limit, price, access list and authorizations; nonce and chain do not matter.</param>
    /// <param name="sender">Who calls; may be a contract.</param>
    /// <param name="tracer">Who listens; null for nobody.</param>
    /// <param name="keep">Whether what it does stays for the calls that follow, as in eth_simulateV1, or is undone.</param>
    /// <returns>Included, or refused for lack of funds or gas. Without <paramref name="keep"/> the state is as before.</returns>
    public TransactionResult Simulate(TransactionFields fields, in Address sender, Tracer? tracer = null, bool keep = false)
    {
        UInt256 baseFee = fields.MaxFeePerGas.IsZero ? UInt256.Zero : _block.BaseFee;
        if (fields.MaxFeePerGas < baseFee)
        {
            return new TransactionResult.Refused(new ExecutionRefusal.FeeCapTooLow(sender, fields.MaxFeePerGas, baseFee));
        }

        TransactionResult result = Run(fields, sender, blobs: null, baseFee, tracer);
        if (keep && result is TransactionResult.Included included)
        {
            _state.CommitTransaction();
            GasUsed = included.Receipt.CumulativeGasUsed;
            return result;
        }

        _state.RevertTransaction();
        _state.BeginTransaction();
        return result;
    }

    /// <summary>Runs a transaction without a signature as if the sender had signed it, with all checks: eth_simulateV1 with validation.</summary>
    /// <param name="fields">The transaction.</param>
    /// <param name="sender">Who is taken to have signed.</param>
    /// <param name="tracer">Who listens; null for nobody.</param>
    /// <returns>What became of it. Where it is included, its effects stay.</returns>
    public TransactionResult ExecuteUnsigned(TransactionFields fields, in Address sender, Tracer? tracer = null) =>
        Execute(fields, sender, blobs: null, tracer, keepFailed: true);

    /// <summary>About how many accounts and slots <see cref="TakeChanges"/> would give.</summary>
    internal int ChangeCount => _state.ChangeCount;

    /// <summary>What the block changed since the last call, or since it was opened: the input of a state layer and of the root.</summary>
    /// <returns>Changed accounts, slots and code.</returns>
    public StateChanges TakeChanges() => _state.TakeChanges();

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (VirtualMachine machine in _machines.Values)
        {
            machine.Dispose();
        }

        _machines.Clear();
    }

    /// <summary>Runs a transaction whose sender is known, with blobs where the chain allows them.</summary>
    internal TransactionResult Execute(TransactionFields fields, in Address sender, BlobFields? blobs, Tracer? tracer, bool keepFailed)
    {
        if (Check(fields, sender, blobs) is { } refusal)
        {
            return new TransactionResult.Refused(refusal);
        }

        TransactionResult result = Run(fields, sender, blobs, _block.BaseFee, tracer);
        if (result is not TransactionResult.Included included)
        {
            _state.RevertTransaction();
            _state.BeginTransaction();
            return result;
        }

        if (!keepFailed && !included.Receipt.Succeeded)
        {
            _state.RevertTransaction();
            _state.BeginTransaction();
            return new TransactionResult.Discarded(included.GasUsed, included.Execution!);
        }

        _state.CommitTransaction();
        GasUsed = included.Receipt.CumulativeGasUsed;
        return result;
    }

    private ExecutionRefusal? Check(TransactionFields fields, in Address sender, BlobFields? blobs)
    {
        JournaledAccount account = _state.GetAccount(sender);
        if (fields.Nonce < account.Nonce)
        {
            return new ExecutionRefusal.NonceTooLow(sender, fields.Nonce, account.Nonce);
        }

        if (fields.Nonce > account.Nonce)
        {
            return new ExecutionRefusal.NonceTooHigh(sender, fields.Nonce, account.Nonce);
        }

        if (account.HasCode && !(_rules.HasDelegation && VirtualMachine.TryReadDelegation(_state.GetCode(account).Span, out _)))
        {
            return new ExecutionRefusal.SenderIsContract(sender, account.CodeHash);
        }

        if (fields.Check(_rules.Fork) is { } refusal)
        {
            return new ExecutionRefusal.Invalid(refusal);
        }

        if (fields.MaxFeePerGas < _block.BaseFee)
        {
            return new ExecutionRefusal.FeeCapTooLow(sender, fields.MaxFeePerGas, _block.BaseFee);
        }

        return fields.Type != TransactionType.Blob ? null
            : blobs is null ? new ExecutionRefusal.Invalid(new TransactionRefusal.BlobTransaction())
            : blobs.Check(fields.To is null, _block.BlobBaseFee, _rules.Fork);
    }

    /// <summary>Buys gas, runs the call, settles. On a refusal the caller undoes what was begun.</summary>
    private TransactionResult Run(TransactionFields fields, in Address sender, BlobFields? blobs, in UInt256 baseFee, Tracer? tracer)
    {
        JournaledAccount payer = _state.GetAccount(sender);
        if (Fees(fields, blobs, baseFee, payer, out UInt256 price, out UInt256 prepaid) is { } unfunded)
        {
            return new TransactionResult.Refused(unfunded);
        }

        ulong available = AvailableGas;
        if (fields.GasLimit > available)
        {
            return new TransactionResult.Refused(new ExecutionRefusal.GasLimitReached(fields.GasLimit, available));
        }

        IntrinsicGas intrinsic = IntrinsicGas.Of(fields, _rules.Fork);
        if (fields.GasLimit < intrinsic.Minimum)
        {
            return new TransactionResult.Refused(new ExecutionRefusal.Invalid(new TransactionRefusal.IntrinsicGasTooLow(fields.GasLimit, intrinsic.Minimum)));
        }

        if (!prepaid.IsZero)
        {
            _state.SetBalance(payer, payer.Balance - prepaid);
        }

        ulong nonce = payer.Nonce;
        _state.SetNonce(payer, nonce + 1);
        ExecutionResult execution = RunCall(fields, sender, nonce, price, blobs?.Hashes ?? [], intrinsic, tracer);
        ulong gasUsed = GasUsedAfterRefund(fields.GasLimit, execution, intrinsic);

        UInt256 refund = price * (UInt256)(fields.GasLimit - gasUsed);
        if (!refund.IsZero)
        {
            _state.AddBalance(payer, refund);
        }

        JournaledAccount coinbase = _state.GetAccount(_block.Coinbase);
        UInt256 fee = (price - baseFee) * (UInt256)gasUsed;
        if (fee.IsZero)
        {
            _state.Touch(coinbase);
        }
        else
        {
            _state.AddBalance(coinbase, fee);
        }

        return Included(fields.Type, gasUsed, price, execution, depositNonce: null);
    }

    // A deposit has no fee and no check that could keep it out of the block: what it mints stays, and what fails otherwise is a failed receipt.
    private TransactionResult.Included ExecuteDeposit(TransactionFields fields, DepositFields deposit, Tracer? tracer)
    {
        JournaledAccount sender = _state.GetAccount(deposit.From);
        if (!deposit.Mint.IsZero)
        {
            _state.AddBalance(sender, deposit.Mint);
        }

        Snapshot minted = _state.TakeSnapshot();
        ulong nonce = sender.Nonce;
        ulong available = AvailableGas;
        bool fits = fields.GasLimit <= (deposit.IsSystem ? long.MaxValue : available);
        IntrinsicGas intrinsic = IntrinsicGas.Of(fields, _rules.Fork);
        bool canRun = fits && fields.GasLimit >= intrinsic.Minimum && sender.Balance >= fields.Value && nonce < ulong.MaxValue
            && (fields.To is not null || fields.Data.Length <= GasSchedule.MaxInitCodeSize);
        ExecutionResult? execution = null;
        ulong gasUsed = fits ? fields.GasLimit : available;
        if (canRun)
        {
            _state.SetNonce(sender, nonce + 1);
            execution = RunCall(fields, deposit.From, nonce, UInt256.Zero, [], intrinsic, tracer);
            gasUsed = GasUsedAfterRefund(fields.GasLimit, execution, intrinsic);
        }
        else
        {
            _state.Revert(minted);
            if (nonce < ulong.MaxValue)
            {
                _state.SetNonce(sender, nonce + 1);
            }
        }

        gasUsed = deposit.IsSystem ? 0 : gasUsed;
        TransactionResult.Included result = Included(TransactionType.Deposit, gasUsed, UInt256.Zero, execution, nonce);
        _state.CommitTransaction();
        GasUsed = result.Receipt.CumulativeGasUsed;
        return result;
    }

    private ExecutionResult RunCall(
        TransactionFields fields, in Address sender, ulong nonce, in UInt256 price, ImmutableArray<Hash256> blobHashes, IntrinsicGas intrinsic, Tracer? tracer)
    {
        WarmUp(fields, sender);
        foreach (Authorization authorization in fields.Authorizations)
        {
            Apply(authorization);
        }

        _machine.SetTransaction(new TransactionContext(sender, price, blobHashes), tracer);
        return _machine.Execute(new Message(sender, fields.To, fields.Value, fields.Data.Memory, (long)(fields.GasLimit - intrinsic.Standard), nonce));
    }

    private TransactionResult.Included Included(TransactionType type, ulong gasUsed, in UInt256 price, ExecutionResult? execution, ulong? depositNonce)
    {
        bool succeeded = execution is ExecutionResult.Succeeded;
        Receipt receipt = new()
        {
            Type = type,
            Succeeded = succeeded,
            CumulativeGasUsed = GasUsed + gasUsed,
            Logs = _state.CopyLogs(),
            DepositNonce = depositNonce,
            DepositReceiptVersion = depositNonce is null ? null : DepositReceiptVersion,
        };
        return new TransactionResult.Included(receipt, gasUsed, price, (execution as ExecutionResult.Succeeded)?.Created, execution);
    }

    /// <summary>Price per gas, and what is paid ahead; checks that the balance covers the highest cost and the value.</summary>
    private ExecutionRefusal.InsufficientFunds? Fees(
        TransactionFields fields, BlobFields? blobs, in UInt256 baseFee, JournaledAccount payer, out UInt256 price, out UInt256 prepaid)
    {
        UInt256 gasLimit = fields.GasLimit;
        price = UInt256.Min(fields.MaxFeePerGas, baseFee + UInt256.Min(fields.MaxPriorityFeePerGas, fields.MaxFeePerGas - baseFee));
        prepaid = price * gasLimit;
        bool overflows = UInt256.MultiplyOverflows(fields.MaxFeePerGas, gasLimit, out UInt256 worst);
        if (blobs is not null)
        {
            UInt256 blobGas = blobs.Gas;
            overflows |= UInt256.MultiplyOverflows(blobs.MaxFeePerBlobGas, blobGas, out UInt256 blobWorst);
            overflows |= UInt256.AddOverflows(worst, blobWorst, out worst);
            prepaid += _block.BlobBaseFee * blobGas;
        }

        overflows |= UInt256.AddOverflows(worst, fields.Value, out worst);
        return overflows || payer.Balance < worst
            ? new ExecutionRefusal.InsufficientFunds(payer.Address, payer.Balance, overflows ? UInt256.MaxValue : worst)
            : null;
    }

    // EIP-2929, EIP-2930, EIP-3651.
    private void WarmUp(TransactionFields fields, in Address sender)
    {
        _state.WarmUp(_state.GetAccount(sender));
        _state.WarmUp(_state.GetAccount(_block.Coinbase));
        if (fields.To is { } to)
        {
            _state.WarmUp(_state.GetAccount(to));
        }

        foreach (AccessListEntry entry in fields.AccessList)
        {
            JournaledAccount account = _state.GetAccount(entry.Address);
            _state.WarmUp(account);
            foreach (Hash256 key in entry.StorageKeys)
            {
                _state.WarmSlot(account, Words.Of(key), out _);
            }
        }
    }

    // EIP-7702, behavior.
    private void Apply(in Authorization authorization)
    {
        if ((!authorization.ChainId.IsZero && authorization.ChainId != _block.ChainId) || !authorization.TryRecoverAuthority(out Address authority))
        {
            return;
        }

        JournaledAccount account = _state.GetAccount(authority);
        _state.WarmUp(account);
        bool mayDelegate = !account.HasCode || VirtualMachine.TryReadDelegation(_state.GetCode(account).Span, out _);
        if (!mayDelegate || account.Nonce != authorization.Nonce)
        {
            return;
        }

        if (account.Exists)
        {
            _state.Refund += GasSchedule.AuthorizationRefund;
        }

        ReadOnlyMemory<byte> code = authorization.Address.IsZero ? default : VirtualMachine.Delegation(authorization.Address);
        _state.SetCode(account, code);
        _state.SetNonce(account, account.Nonce + 1);
    }

    // EIP-3529, EIP-7623.
    private ulong GasUsedAfterRefund(ulong gasLimit, ExecutionResult execution, IntrinsicGas intrinsic)
    {
        ulong used = gasLimit - (ulong)execution.GasLeft;
        // What failed has undone its own refunds; those of authorizations stay.
        used -= Math.Min((ulong)_state.Refund, used / GasSchedule.MaxRefundQuotient);
        return Math.Max(used, intrinsic.Floor);
    }

    private void CallSystemContract(in Address contract, in Hash256 argument)
    {
        JournaledAccount account = _state.GetAccount(contract);
        if (!account.HasCode)
        {
            return;
        }

        _machine.SetTransaction(new TransactionContext(SystemContracts.Caller, UInt256.Zero, []));
        _state.WarmUp(account);
        ExecutionResult result = _machine.Execute(
            new Message(SystemContracts.Caller, contract, UInt256.Zero, argument.ToArray(), SystemContracts.GasLimit));
        if (result is ExecutionResult.Succeeded)
        {
            _state.CommitTransaction();
        }
        else
        {
            _state.RevertTransaction();
            _state.BeginTransaction();
        }
    }
}
